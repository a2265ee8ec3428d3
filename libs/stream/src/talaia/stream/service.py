"""What the command line and tests know of a service; found by entry point `talaia.services`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from talaia.stream.processor import Message, Processor

if TYPE_CHECKING:  # a worker has no database
    from talaia.stream.views.view import View

Advance = Callable[[float], None]
"""Tells how much of the work is done, from 0 to 1."""


def _nothing_to_configure(_folder: Path, _decided_by: str, _now: datetime) -> list[Message]:
    return []


def _no_recording(place: Path) -> Iterator[Message]:
    raise ValueError(f"{place} cannot be replayed: the service does not read recordings")


def _no_backtest(recording: Path, _out: Path, _city: Path | None, _advance: Advance) -> int:
    raise ValueError(f"{recording} cannot be run: the service does not read recordings")


def _no_comparison(_recording: Path, _out: Path, _city: Path | None, against: Path, _advance: Advance) -> int:
    raise ValueError(f"{against}: the service does not compare configurations: leave out --against")


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service as others handle it, without importing its rooms.

    processor: a fresh processor. view: what its API shows, and the address of the database where it stands by this
    process's environment. configure: a city's folder, who decided, and the time, as `configured` events; raises
    ValueError with all mistakes, one a line (file, field, cure); without it a city has nothing to say to the service.
    recording: events of a recording in recorded order, its configuration first; backtest: recording, output folder,
    city's folder if given, and progress, returns how many lines and events were rejected; a service without recordings
    brings neither. compare: the same, with another configuration besides, and the difference that it makes.
    """

    name: str
    processor: Callable[[], Processor]
    view: Callable[[], tuple["View", str]]
    configure: Callable[[Path, str, datetime], list[Message]] = _nothing_to_configure
    recording: Callable[[Path], Iterator[Message]] = _no_recording
    backtest: Callable[[Path, Path, Path | None, Advance], int] = _no_backtest
    compare: Callable[[Path, Path, Path | None, Path, Advance], int] = _no_comparison
