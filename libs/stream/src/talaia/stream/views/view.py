"""What an API keeps of the bus: rows in a database, made from topics and rebuilt from them at any time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from sqlmodel import Session, SQLModel

from talaia.contracts.catalogue import Topic
from talaia.contracts.envelope import Envelope, sequence


class Arrival(NamedTuple):
    """A record of a topic, decoded, on its way into a view.

    position: orders the records of one key, whatever order they come in; rows keep the greatest (`rows.keep_newest`).
    change: number of this change of the view, ever rising; live streams go on after it.
    """

    topic: Topic
    key: str
    event: Envelope
    position: str
    change: int


@dataclass(frozen=True, kw_only=True)
class View:
    """What a service gives to a projection.

    name: by which people know it, and its files, schemas and groups begin. dated_by: topics whose newest `recordedtime`
    is the view's time: what a worker wrote, for an input says nothing of what became of it. project: writes the rows of
    some arrivals, in order, within the caller's transaction, in a thread of its own. It must not commit, and must bear
    the same outcome twice, for a worker repeats itself after a crash.
    """

    name: str
    tables: tuple[type[SQLModel], ...]
    topics: tuple[Topic, ...]
    dated_by: tuple[Topic, ...]
    project: Callable[[Session, Sequence[Arrival]], None]


@dataclass(frozen=True, kw_only=True)
class Age:
    """How old a view is.

    as_of: stream time it shows, None while empty. lag_s: seconds since it last held all that its topics hold, counted
    from the start if it never did. lag_events: events it still has to take, None while the broker does not say.
    error: why it does not go on, for people; empty when it does.
    """

    as_of: datetime | None = None
    lag_s: float = 0.0
    lag_events: int | None = None
    error: str = ""


def position(event: Envelope, offset: int) -> str:
    """Where a record stands among those of its key: by its cause, then by its own time; an input's by its offset.

    A worker that was stopped can deliver an old outcome after its successor's newer one; its position gives it away.
    Timers that fire before one input share that input's sequence, their due times tell them apart.
    """
    if event.sequence is msgspec.UNSET:
        return sequence(offset)
    return f"{event.sequence}/{event.time.astimezone(UTC).isoformat(timespec='microseconds')}"
