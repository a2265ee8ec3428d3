"""What is known of a sensor before it says anything: from the city's configuration, else from the quantity."""

from collections.abc import Mapping

import msgspec

from talaia.contracts.vocabulary import Quantity, SiteKind
from talaia.waste.model.catchment import Gauge, SensorSpec, Site
from talaia.waste.model.parts import CatchmentPart, GaugePart, Keeper, Part, SitePart, site_part
from talaia.waste.model.policy import QualityPolicy


class Known(msgspec.Struct, frozen=True):
    """low, high: what can be measured, in the quantity's unit; lower, upper: the same where it was configured and the
    quantity may lie beyond, so that a value at it tells only that. interval_s: how often it should be, None: not known.
    flashy: a wave can pass it within minutes.
    """

    low: float
    high: float
    lower: float | None = None
    upper: float | None = None
    interval_s: float | None = None
    flashy: bool = False


def known_of(
    keeper: Keeper, quantity: Quantity, sensor: str, parts: Mapping[str, Part], catchment: CatchmentPart, policy: QualityPolicy
) -> Known:
    """A sensor by the part that keeps it. parts: among them the keeper's site."""
    if isinstance(keeper, SitePart):
        return of_sensor(quantity, sensor, keeper.site, policy)
    if isinstance(keeper, GaugePart):
        return of_gauge(quantity, keeper.gauge, catchment.gauges, policy)
    site = parts[site_part(keeper.site)]
    assert isinstance(site, SitePart)
    return of_sensor(quantity, sensor, site.site, policy)


def of_gauge(quantity: Quantity, gauge: str, gauges: tuple[Gauge, ...], policy: QualityPolicy) -> Known:
    """The sensor of a rain gauge."""
    low, high = policy.ranges[quantity]
    for each in gauges:
        if each.id == gauge:
            return Known(low, high, None, None, each.interval_s)
    return Known(low, high)


def of_sensor(quantity: Quantity, sensor: str, site: Site, policy: QualityPolicy) -> Known:
    """A sensor of a site."""
    spec = _spec(sensor, site) if site.sensors else None
    if quantity is not Quantity.LEVEL:
        low, high = policy.ranges[quantity]
        return Known(low, high) if spec is None else Known(*_between(spec, low, high), interval_s=spec.interval_s)
    low, high = site.bottom_m + policy.level_min_m, policy.level_max_crests * site.crest_m
    flashy = site.kind is SiteKind.PIPE_CSO
    if spec is None:
        return Known(low, high, None, None, None, flashy)
    lower = spec.low if spec.low is not None and spec.low > site.bottom_m else None
    return Known(*_between(spec, low, high), lower, spec.high, spec.interval_s, flashy)


def _spec(sensor: str, site: Site) -> SensorSpec | None:
    for spec in site.sensors:
        if spec.id == sensor:
            return spec
    return None


def _between(spec: SensorSpec, low: float, high: float) -> tuple[float, float]:
    return low if spec.low is None else spec.low, high if spec.high is None else spec.high
