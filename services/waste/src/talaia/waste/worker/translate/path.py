"""A forecast path with its fan, as it travels: in a forecast and in the evidence of a signal."""

from talaia.contracts import alerts, waste
from talaia.contracts.vocabulary import Unit
from talaia.waste.model.path import Path


def forecast_points(path: Path) -> list[waste.PathPoint]:
    """In a forecast, from the last good level on; the fan to the millimetre, which is finer than it is known."""
    if path.from_at is None:
        return []
    seen = waste.PathPoint(time=path.from_at, level_m=path.seen_m, low_m=path.seen_m, high_m=path.seen_m)
    return [
        seen,
        *(
            waste.PathPoint(time=time, level_m=level, low_m=round(low, 3), high_m=round(high, 3))
            for time, level, low, high in path.points()
        ),
    ]


def expectations(path: Path) -> list[alerts.Expectation]:
    """In the evidence of a signal, which has the last good level among its readings."""
    return [
        alerts.Expectation(time=time, value=level, unit=Unit.METRE.value, low=round(low, 3), high=round(high, 3))
        for time, level, low, high in path.points()
    ]
