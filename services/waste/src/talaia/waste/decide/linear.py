"""Linear extrapolation: the forecast of a tank whose model has not learnt enough yet."""

from collections.abc import Sequence

from talaia.waste.decide.rain import PATH_STEPS

_POINTS = 4


def slope(levels_m: Sequence[float]) -> float:
    """Least-squares slope over the last four slots, metres a step; 0 while there are fewer."""
    if len(levels_m) < _POINTS:
        return 0.0
    first, second, third, last = levels_m[-_POINTS:]
    return (3 * (last - first) + third - second) / 10


def path(levels_m: Sequence[float], crest_m: float, min_slope: float, step_min: float, cap: float) -> list[float]:
    """Levels at the end of the coming steps, metres. min_slope: crests a minute; a slower rise is none."""
    rise = slope(levels_m)
    if 0 < rise <= min_slope * crest_m * step_min:
        rise = 0.0
    return [min(max(levels_m[-1] + rise * (n + 1), 0.0), cap * crest_m) for n in range(PATH_STEPS)]
