"""The watchdog: a thread of its own that ends a worker which is alive and does nothing. Its supervisor starts it again."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from talaia.stream.lane.limits import Limits
from talaia.stream.stopping import STUCK, die

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0

Place = tuple[str, int]


class Signs(NamedTuple):
    """What a worker shows from outside. ready: its partitions are recovered; loop_beat_at: the event loop last ran
    (monotonic seconds); places: settled and end offset of each input partition held.
    """

    ready: bool
    stopping: bool
    coordinator_error: str | None
    loop_beat_at: float
    places: Mapping[Place, tuple[int, int]]


class Watchdog:
    """Judges signs; knows those it saw before."""

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self._unready_since: float | None = now
        self._stopping_since: float | None = None
        self._settled: dict[Place, tuple[int, float]] = {}
        self.ready = False

    def complaint(self, signs: Signs, now: float) -> str | None:
        """Why the worker should end, or None."""
        self.ready = signs.ready
        if signs.stopping:
            return self._hangs(now)
        if signs.coordinator_error is not None:
            return f"the group's coordinator refuses this worker: {signs.coordinator_error}"
        if now - signs.loop_beat_at > self._limits.silent_loop_s:
            return f"the event loop has been silent for {now - signs.loop_beat_at:.0f} s"
        if not signs.ready:
            self._settled.clear()
            if self._unready_since is None:
                self._unready_since = now
            if now - self._unready_since > self._limits.start_s:
                return f"not ready for {now - self._unready_since:.0f} s: start, rebalance or recovery hangs"
            return None
        self._unready_since = None
        return self._stuck(signs, now)

    def _hangs(self, now: float) -> str | None:
        """After a crash nothing else sees to it that the process ends."""
        if self._stopping_since is None:
            self._stopping_since = now
        seconds = now - self._stopping_since
        return f"stopping for {seconds:.0f} s, and still there" if seconds > self._limits.silent_loop_s else None

    def _stuck(self, signs: Signs, now: float) -> str | None:
        before, self._settled = self._settled, {}
        for place, (settled, end) in signs.places.items():
            known, since = before.get(place, (settled, now))
            self._settled[place] = (settled, since if settled == known and settled < end else now)
            if now - self._settled[place][1] > self._limits.stuck_s:
                topic, number = place
                return f"{topic} partition {number} stays at offset {settled} of {end} for {self._limits.stuck_s:.0f} s"
        return None


def watch(watchdog: Watchdog, look: Callable[[], Signs]) -> None:
    """Start the thread. look: reads the signs, from this thread."""

    def run() -> None:
        while True:
            time.sleep(_LOOK_EVERY_S)
            try:
                complaint = watchdog.complaint(look(), time.monotonic())
            except Exception:
                log.exception("the watchdog could not look")
                continue
            if complaint is not None:
                die(STUCK, f"watchdog: {complaint}")

    threading.Thread(target=run, name="watchdog", daemon=True).start()
