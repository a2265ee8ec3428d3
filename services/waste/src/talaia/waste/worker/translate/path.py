"""A point of a forecast's path with its fan, as two topics say it; the fan to the millimetre, which is finer than it is known."""

from msgspec import UNSET, UnsetType

from talaia.contracts import alerts, waste
from talaia.contracts.vocabulary import Unit
from talaia.waste.model.outcomes import PathPoint


def forecast_point(point: PathPoint) -> waste.PathPoint:
    """In a forecast."""
    return waste.PathPoint(time=point.time, level_m=point.level_m, low_m=_edge(point.low_m), high_m=_edge(point.high_m))


def expectation(point: PathPoint) -> alerts.Expectation:
    """In the evidence of a signal."""
    return alerts.Expectation(
        time=point.time, value=point.level_m, unit=Unit.METRE.value, low=_edge(point.low_m), high=_edge(point.high_m)
    )


def _edge(level_m: float | None) -> float | UnsetType:
    return UNSET if level_m is None else round(level_m, 3)
