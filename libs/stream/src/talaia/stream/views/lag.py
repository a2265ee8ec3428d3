"""How far a view is behind its topics."""

import time

from talaia.stream.views.pace import Offsets


class Lag:
    """Compares what a view took with what its topics hold. events: still to take, None while the broker does not say."""

    def __init__(self) -> None:
        self.events: int | None = None
        self._whole_at = time.monotonic()
        self._mark: tuple[float, Offsets] | None = None

    def look(self, ends: Offsets, taken: Offsets, now_s: float) -> None:
        """The topics end there, the view is here. Under a steady load it is never at the end, but soon at a former end."""
        self.events = _missing(ends, taken)
        if self.events == 0:
            self._whole_at = now_s
        elif self._mark is not None and _missing(self._mark[1], taken) == 0:
            self._whole_at = self._mark[0]
        elif self._mark is not None:
            return
        self._mark = now_s, ends

    def unknown(self) -> None:
        """The broker does not say."""
        self.events = None

    def seconds(self, now_s: float) -> float:
        """Since the view held all that its topics held, or since the start if it never did."""
        return now_s - self._whole_at


def _missing(ends: Offsets, taken: Offsets) -> int:
    return sum(max(end - taken.get(place, 0), 0) for place, end in ends.items())
