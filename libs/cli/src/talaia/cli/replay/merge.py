"""Several recordings as one stream in recorded order, each shifted by whole weeks."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from talaia.stream.processor import Message

Read = Callable[[], Iterator[Message]]
"""Reads one recording from its beginning."""
_MOMENTS = ("valid_from", "issued_at")
"""Times that events of input topics tell besides those of their envelope."""


class Span(NamedTuple):
    """What a recording holds: number of events, first and last recorded time."""

    events: int
    first: datetime
    last: datetime


def span(messages: Iterable[Message]) -> Span:
    """Read once through. Raises ValueError when there is nothing, or when times go backwards."""
    events, first, last = 0, None, None
    for message in messages:
        recorded = message.event.recordedtime
        if last is not None and recorded < last:
            raise ValueError(f"event {message.event.id} was recorded at {recorded.isoformat()}, before the one that precedes it")
        first, last, events = first or recorded, recorded, events + 1
    if first is None or last is None:
        raise ValueError("the recording holds no events")
    return Span(events, first, last)


def weeks_to(first: datetime, day: date) -> timedelta:
    """The whole weeks that bring a recording's first day nearest to a day: hours and weekdays stay true."""
    return timedelta(weeks=round((day - first.date()) / timedelta(weeks=1)))


def shifted(message: Message, by: timedelta) -> Message:
    """The same event at another time."""
    if not by:
        return message
    event = message.event
    changes: dict[str, Any] = {"time": event.time + by, "recordedtime": event.recordedtime + by}
    data: Any = getattr(event, "data", None)
    moved = {name: getattr(data, name) + by for name in _MOMENTS if hasattr(data, name)}
    if moved:
        changes["data"] = msgspec.structs.replace(data, **moved)
    return message._replace(event=msgspec.structs.replace(event, **changes))


def merged(recordings: Iterable[tuple[Read, timedelta]]) -> Iterator[Message]:
    """All recordings in recorded order; of equal times the earlier named recording goes first."""
    return heapq.merge(
        *((shifted(message, by) for message in read()) for read, by in recordings),
        key=lambda message: message.event.recordedtime,
    )
