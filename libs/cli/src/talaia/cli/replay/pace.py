"""How fast a replay goes: by a factor of the recording's time, and never far ahead of the worker."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from talaia.cli.trouble import Trouble

AHEAD = timedelta(minutes=5)
"""At a paced replay: stream time that may lie between what is sent and what the slowest partition has committed."""
AHEAD_EVENTS = 10_000
"""At full speed, where stream time flies: events that may lie between them."""
STALLED_S = 120.0
_LOOK_EVERY_S = 0.5

Place = tuple[str, int]
Lag = Callable[[], Awaitable[dict[Place, int] | None]]
"""Events not committed, by topic and partition; None while nobody can tell."""


class Beat:
    """When an event is due by the wall: recorded time times a factor, from the first event on. factor 0: at once."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._first: datetime | None = None
        self._started = 0.0

    def due_in_s(self, recorded: datetime) -> float:
        """Seconds until it is due."""
        if not self._factor:
            return 0.0
        if self._first is None:
            self._first, self._started = recorded, time.monotonic()
        return self._started + (recorded - self._first).total_seconds() / self._factor - time.monotonic()

    def waited(self, seconds: float) -> None:
        """What was lost in waiting for a worker is not made up for in a rush."""
        self._started += seconds


class Leash:
    """Holds a replay while its slowest reader is too far behind.

    paced: the distance is measured in stream time, else in events.
    """

    def __init__(self, lag: Lag, paced: bool) -> None:
        self._lag = lag
        self._paced = paced
        self._sent: dict[Place, deque[datetime]] = {}

    def sent(self, place: Place, recorded: datetime) -> None:
        """An event was sent."""
        self._sent.setdefault(place, deque()).append(recorded)

    def far(self, recorded: datetime) -> bool:
        """By what is known, the reader is too far behind for an event of this time."""
        if self._paced:
            return any(times and recorded - times[0] > AHEAD for times in self._sent.values())
        return sum(map(len, self._sent.values())) > AHEAD_EVENTS

    async def hold(self, recorded: datetime) -> float:
        """Wait until the reader is near enough; seconds waited. Raises Trouble when it does not move for long."""
        started = moved = time.monotonic()
        while self.far(recorded):
            if await self._look():
                moved = time.monotonic()
            elif time.monotonic() - moved > STALLED_S:
                raise Trouble(
                    f"nobody has processed events for {STALLED_S:.0f} s: is the worker running, and with the same "
                    "TALAIA_KAFKA_BOOTSTRAP and TALAIA_TOPIC_PREFIX? (`talaia up` starts it)"
                )
            if self.far(recorded):
                await asyncio.sleep(_LOOK_EVERY_S)
        return time.monotonic() - started

    async def _look(self) -> bool:
        """Forget what is committed; whether that was anything."""
        lag, before = await self._lag(), sum(map(len, self._sent.values()))
        if lag is None:
            return False
        for place, times in self._sent.items():
            while len(times) > lag.get(place, 0):
                times.popleft()
        return sum(map(len, self._sent.values())) < before
