"""The path of a level to come, and how it is shown: it goes on from where the level was seen last.

A forecast starts from the median of the last samples, which one wrong sample does not move. While the level rises or falls
the median lags behind it, and the first steps of the path lead to where the level has already been.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile

import msgspec


class Path(msgspec.Struct, frozen=True, gc=False):
    """Levels expected at times, metres, step by step.

    fan: how far under and over them four of five levels lie, crests; most_m: none lies higher. from_m: the smoothed level
    that the path starts from, at from_at; seen_m: the last good level, which may be ahead of that.
    """

    times: tuple[datetime, ...] = ()
    levels_m: tuple[float, ...] = ()
    fan: tuple[tuple[float, float], ...] = ()
    crest_m: float = 0.0
    most_m: float = 0.0
    from_at: datetime | None = None
    from_m: float = 0.0
    seen_m: float = 0.0

    def shown_m(self) -> list[float]:
        """The levels as they go on from the last good one: until the path has left what lies behind that, the level stands."""
        low, high = sorted((self.from_m, self.seen_m))
        behind = sum(1 for _ in takewhile(lambda level: low <= level <= high, self.levels_m))
        return [self.seen_m] * behind + list(self.levels_m[behind:])

    def points(self) -> Iterator[tuple[datetime, float, float, float]]:
        """Time, level shown, and between which levels four of five fall, metres: over the crest a level is not measured."""
        crest_m, most_m = self.crest_m, self.most_m
        for time, level, (under, over) in zip(self.times, self.shown_m(), self.fan, strict=True):
            known = level if level < crest_m else crest_m
            low, high = known - under * crest_m, known + over * crest_m
            high = high if high < most_m else most_m
            yield time, level, low if low > 0.0 else min(level, 0.0), high if high > level else level


NO_PATH = Path()
