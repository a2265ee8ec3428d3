"""The heartbeat of this worker in its group: nothing is settled while it is old."""

import asyncio
import logging
import time

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 0.02


class Pulse:
    """When the group last knew this worker. A worker in doubt holds: the heartbeat comes back, or its partitions are taken."""

    def __init__(self, session_s: float) -> None:
        self._trusted_s = session_s / 2
        self._beat_at = time.monotonic()

    def beat(self, at: float | None = None) -> None:
        """The group answered; `at` is when it was asked (monotonic seconds)."""
        self._beat_at = time.monotonic() if at is None else at

    @property
    def age_s(self) -> float:
        """Seconds since the last good heartbeat was sent."""
        return time.monotonic() - self._beat_at

    @property
    def fresh(self) -> bool:
        """Whether this worker may believe that its partitions are its own."""
        return self.age_s < self._trusted_s

    async def hold(self) -> None:
        """Wait until the heartbeat is fresh."""
        if not self.fresh:
            log.warning("holding: the last good heartbeat is %.1f s old", self.age_s)
        while not self.fresh:  # noqa: ASYNC110 - beats come from another thread
            await asyncio.sleep(_LOOK_AGAIN_S)
