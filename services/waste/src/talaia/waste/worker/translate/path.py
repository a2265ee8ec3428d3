"""A forecast path with its fan, as it travels: in a forecast and in the evidence of a signal."""

from talaia.contracts import alerts, waste
from talaia.contracts.vocabulary import Unit
from talaia.waste.model.outcomes import Path


def forecast_points(path: Path) -> list[waste.PathPoint]:
    """In a forecast; the fan to the millimetre, which is finer than it is known."""
    return [
        waste.PathPoint(time=time, level_m=level, low_m=round(low, 3), high_m=round(high, 3))
        for time, level, low, high in path.points()
    ]


def expectations(path: Path) -> list[alerts.Expectation]:
    """In the evidence of a signal."""
    return [
        alerts.Expectation(time=time, value=level, unit=Unit.METRE.value, low=round(low, 3), high=round(high, 3))
        for time, level, low, high in path.points()
    ]
