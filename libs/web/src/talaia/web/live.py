"""Server-sent events of a view: first what is, then what changes, and every 3 s that the view is alive and how old it is.

An event's id names the view and the change after which to go on, so a client that comes back with `Last-Event-ID`
misses nothing and sees nothing twice; of a view that was rebuilt it gets a fresh snapshot. What changed is asked of the
view when a client can take it: a slow one costs no memory, and gets the newest state of each row instead of every step.
A stream ends after a quarter of an hour: who comes back shows anew that he may, and goes on where he was.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from fastapi import Depends, Request
from fastapi.sse import ServerSentEvent
from sqlalchemy.exc import SQLAlchemyError

from talaia.stream.views.changes import Changes
from talaia.stream.views.view import Age
from talaia.web.problem import Problem

ALIVE_SECONDS = 3.0
AT_ONCE = 500
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

    snapshot: every row as it is. since: rows changed after a change, by change, at most so many; one row a change.
    facts: what `alive` says besides the age. slow_s: longest time in which a client must have taken what it was offered.
    """

    watched: Watched
    snapshot: Callable[[], Sequence[Any]]
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
    """The events of a feed: `snapshot` (unless resumed), `changed`, `alive`, at last `closing` or `too_slow`."""
    try:
        async for event in _follow(feed, last_event_id):
            yield event
    except SQLAlchemyError as error:
        _log.error("a live stream ends: the view's database does not answer (%s)", type(error).__name__)
        yield ServerSentEvent(event="closing", data={"reason": "the view cannot be read now"}, retry=3000)


async def _follow(feed: Feed, last_event_id: str | None) -> AsyncIterator[ServerSentEvent]:
    changes = feed.watched.changes
    view_id, change = feed.watched.view_id, _resumed(feed.watched, last_event_id)
    ends_at = time.monotonic() + LIFE_SECONDS
    alive_at = time.monotonic() - ALIVE_SECONDS
    while True:
        if change is None or view_id != feed.watched.view_id:
            view_id, change = feed.watched.view_id, changes.latest
            yield _event("snapshot", {"items": await asyncio.to_thread(feed.snapshot)}, feed.watched, change)
        if time.monotonic() - alive_at >= ALIVE_SECONDS:
            yield await _alive(feed, change)
            alive_at = time.monotonic()
        if changes.closed:
            yield ServerSentEvent(event="closing", data={"reason": "the service stops"}, retry=1000)
            return
        if time.monotonic() >= ends_at:
            yield ServerSentEvent(event="closing", data={"reason": "come back with Last-Event-ID"}, retry=100)
            return
        latest = changes.latest
        rows = await asyncio.to_thread(feed.since, change, AT_ONCE)
        offered_at = time.monotonic()
        for row in rows:
            yield _event("changed", row.data, feed.watched, row.change)
        if time.monotonic() - offered_at > feed.slow_s:
            _log.warning("a live stream was cut: its client is too slow")
            yield ServerSentEvent(event="too_slow", data={"reason": f"reading took more than {feed.slow_s:g} s"})
            return
        change = rows[-1].change if len(rows) == AT_ONCE else max(change, latest, *(row.change for row in rows))
        if view_id == feed.watched.view_id:
            await changes.wait(change, max(alive_at + ALIVE_SECONDS - time.monotonic(), 0.0))


def _resumed(watched: Watched, last_event_id: str | None) -> int | None:
    """The change after which to go on; None for a fresh snapshot: first time, another view, or one that never was."""
    view_id, _, change = (last_event_id or "").partition(".")
    if view_id != watched.view_id or not change.isascii() or not change.isdecimal() or len(change) > 18:
        return None
    return int(change) if int(change) <= watched.changes.latest else None


async def _alive(feed: Feed, change: int) -> ServerSentEvent:
    facts = await asyncio.to_thread(feed.facts)
    age = feed.watched.age()
    says = {
        "as_of": None if age.as_of is None else age.as_of.isoformat(),
        "lag_s": round(age.lag_s, 1),
        "lag_events": age.lag_events,
        "error": age.error,
    }
    return _event("alive", says | facts, feed.watched, change)


def _event(name: str, data: Any, watched: Watched, change: int) -> ServerSentEvent:
    return ServerSentEvent(event=name, data=data, id=f"{watched.view_id}.{change}")
