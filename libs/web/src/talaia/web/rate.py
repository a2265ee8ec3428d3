"""How often somebody may ask: a token bucket for each, in bounded memory.

The bucket is kept as one number, the time at which it will be full again (GCRA): nothing runs in the background.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from talaia.web.problem import Problem

BURST_S = 5.0
"""A bucket holds what flows into it in so many seconds."""
_MOST = 10_000


class Rate:
    """Buckets of those who ask. per_s: requests a second; most: buckets kept, those used last."""

    def __init__(self, per_s: float, *, most: int = _MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s = 1 / per_s
        self._room_s = max(BURST_S - self._every_s, 0.0)
        self._most = most
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, who: str) -> None:
        """One request of `who`. Raises Problem 429."""
        now = self._clock()
        full_at = max(self._full_at.get(who, now), now)
        wait_s = full_at - now - self._room_s
        if wait_s > 0:
            headers = {"Retry-After": str(math.ceil(wait_s))}
            raise Problem(429, "too_many_requests", "You ask too often: wait as long as Retry-After says.", headers=headers)
        self._full_at[who] = full_at + self._every_s
        self._full_at.move_to_end(who)
        while len(self._full_at) > self._most:
            self._full_at.popitem(last=False)

    def __len__(self) -> int:
        return len(self._full_at)
