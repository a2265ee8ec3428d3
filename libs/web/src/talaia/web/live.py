"""Server-sent events of a view: first what stands, then what changes, and every 3 s that the view is alive and how old it is.

Both are one walk over the rows in the order of their changes, some at a time, and only as fast as the client takes them: a
slow one costs no memory, and gets the newest state of each row instead of every step. What stands is told in pages up to
the change that was the last when the walk began; a row that changes meanwhile leaves those pages for what comes after them.
An event's id is the place in that walk, so a client that comes back with `Last-Event-ID`, within a snapshot too, misses
nothing and sees nothing twice; of a view that was rebuilt it gets a fresh snapshot. A stream ends after a quarter of an
hour: who comes back shows anew that he may, and goes on where he was.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from fastapi import Depends, Request
from fastapi.sse import ServerSentEvent
from sqlalchemy.exc import SQLAlchemyError

from talaia.stream.views.changes import Changes
from talaia.stream.views.view import Age
from talaia.web.place import Place
from talaia.web.problem import Problem

ALIVE_SECONDS = 3.0
AT_ONCE = 100
"""Rows that are asked for at once, and stand on a page of a snapshot; a few such pages wait for a slow client."""
LIFE_SECONDS = 900.0
STREAMS_OF_ONE = 20
STREAMS = 500
_log = logging.getLogger(__name__)


class Changed(NamedTuple):
    """A row changed by the view's change of this number; data: as a GET shows it."""

    change: int
    data: Any


class Watched(Protocol):
    """A view that is watched: `talaia.stream.views.projection.Projection` is one."""

    @property
    def changes(self) -> Changes:
        """Tells of each commit."""
        ...

    @property
    def view_id(self) -> str:
        """Another one after every rebuild."""
        ...

    def age(self) -> Age:
        """How old it is."""
        ...


@dataclass(frozen=True, kw_only=True)
class Feed:
    """What is streamed of a view. All functions block and are called in a thread.

    since: rows changed after a change, by change, at most so many; one row a change, and none is ever deleted.
    snapshot: of these only the rows that a client must be told of which knows none. facts: what `alive` says besides the
    age. slow_s: longest time in which a client must have taken what it was offered.
    """

    watched: Watched
    snapshot: Callable[[int, int], Sequence[Changed]]
    since: Callable[[int, int], Sequence[Changed]]
    facts: Callable[[], dict[str, Any]] = dict
    slow_s: float = 30.0


class Streams:
    """The live streams that are open, counted by who reads them."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()

    def begin(self, who: str) -> None:
        """One more. Raises Problem 429."""
        if self.open[who] >= STREAMS_OF_ONE or self.open.total() >= STREAMS:
            detail = f"Too many live streams are open: {STREAMS_OF_ONE} of one who asks, {STREAMS} in all. Close some."
            raise Problem(429, "too_many_streams", detail, headers={"Retry-After": "10"})
        self.open[who] += 1

    def end(self, who: str) -> None:
        """One less."""
        self.open[who] -= 1
        if not self.open[who]:
            del self.open[who]


def a_stream() -> Any:
    """Dependency of a route that answers with `follow`: there are not too many. Raises Problem 429."""

    async def counted(request: Request) -> AsyncIterator[None]:
        streams: Streams = request.app.state.streams
        who: str = request.state.who
        streams.begin(who)
        try:
            yield
        finally:
            streams.end(who)

    return Depends(counted)


async def follow(feed: Feed, last_event_id: str | None) -> AsyncIterator[ServerSentEvent]:
    """The events of a feed: `snapshot`s (unless resumed after them), `changed`, `alive`, at last `closing` or `too_slow`."""
    try:
        async for event in _follow(feed, last_event_id):
            yield event
    except SQLAlchemyError as error:
        _log.error("a live stream ends: the view's database does not answer (%s)", type(error).__name__)
        yield ServerSentEvent(event="closing", data={"reason": "the view cannot be read now"}, retry=3000)


async def _follow(feed: Feed, last_event_id: str | None) -> AsyncIterator[ServerSentEvent]:
    watched, changes = feed.watched, feed.watched.changes
    place = Place.read(last_event_id or "", watched.view_id, changes.latest)
    ends_at = time.monotonic() + LIFE_SECONDS
    alive_at = time.monotonic() - ALIVE_SECONDS
    while True:
        if place is None or place.view_id != watched.view_id:
            place = Place.beginning(watched.view_id, changes.latest)
        if place.until is not None:
            page, place = await _page(feed, place, place.until)
            yield page
        if time.monotonic() - alive_at >= ALIVE_SECONDS:
            yield await _alive(feed, place)
            alive_at = time.monotonic()
        if closing := _closing(changes, ends_at):
            yield closing
            return
        if place.until is not None:
            continue
        latest = changes.latest
        rows = await asyncio.to_thread(feed.since, place.change, AT_ONCE)
        offered_at = time.monotonic()
        for row in rows:
            yield _event("changed", row.data, replace(place, change=row.change))
        if time.monotonic() - offered_at > feed.slow_s:
            _log.warning("a live stream was cut: its client is too slow")
            yield ServerSentEvent(event="too_slow", data={"reason": f"reading took more than {feed.slow_s:g} s"})
            return
        told = rows[-1].change if len(rows) == AT_ONCE else max(place.change, latest, *(row.change for row in rows))
        place = replace(place, change=told)
        if place.view_id == watched.view_id:
            await changes.wait(told, max(alive_at + ALIVE_SECONDS - time.monotonic(), 0.0))


async def _page(feed: Feed, place: Place, until: int) -> tuple[ServerSentEvent, Place]:
    """The next page of a snapshot, and where the stream is after it."""
    found = await asyncio.to_thread(feed.snapshot, place.change, AT_ONCE)
    rows = [row for row in found if row.change <= until]  # what changed since comes later, as it is then
    last = len(rows) < AT_ONCE
    after = Place(place.view_id, until) if last else replace(place, change=rows[-1].change)
    says = {"items": [row.data for row in rows], "first": place.change == 0, "last": last}
    return _event("snapshot", says, after), after


def _closing(changes: Changes, ends_at: float) -> ServerSentEvent | None:
    """What is said at the end of a stream; None while it goes on."""
    if changes.closed:
        return ServerSentEvent(event="closing", data={"reason": "the service stops"}, retry=1000)
    if time.monotonic() >= ends_at:
        return ServerSentEvent(event="closing", data={"reason": "come back with Last-Event-ID"}, retry=100)
    return None


async def _alive(feed: Feed, place: Place) -> ServerSentEvent:
    facts = await asyncio.to_thread(feed.facts)
    age = feed.watched.age()
    says = {
        "as_of": None if age.as_of is None else age.as_of.isoformat(),
        "lag_s": round(age.lag_s, 1),
        "lag_events": age.lag_events,
        "error": age.error,
    }
    return _event("alive", says | facts, place)


def _event(name: str, data: Any, place: Place) -> ServerSentEvent:
    return ServerSentEvent(event=name, data=data, id=str(place))
