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


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service as others handle it, without importing its rooms.

    processor: a fresh processor. recording: events of a recording in recorded order, its configuration first.
    configure: a city's folder, who decided, and the time, as `configured` events; raises ValueError with all mistakes,
    one a line (file, field, cure). backtest: recording, output folder, city's folder if given, and progress. view: what
    its API shows, and the address of the database where it stands by this process's environment.
    """

    name: str
    processor: Callable[[], Processor]
    recording: Callable[[Path], Iterator[Message]]
    configure: Callable[[Path, str, datetime], list[Message]]
    backtest: Callable[[Path, Path, Path | None, Advance], None]
    view: Callable[[], tuple["View", str]]
