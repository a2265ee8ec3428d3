"""A town with rain every day, a millimetre an hour for some hours, of which its first gauge measures a share."""

from collections.abc import Iterable
from datetime import timedelta

from support.town import MIDNIGHT, Town, configuration
from talaia.waste.model.policy import Policy, SignalPolicy

GAUGES = ("RG1", "RG2", "RG3", "RG4")
HOURLY = Policy(signal=SignalPolicy(alive_every=timedelta(hours=1)))
_DAY_MIN = 24 * 60
_RAINS_H = 4


def rainy_town(shares: Iterable[float], gauges: tuple[str, ...] = GAUGES, policy: Policy = HOURLY) -> Town:
    """A day for each share, and the morning after the last."""
    return rained_on(Town(policy).configured(configuration(gauges=gauges)), shares)


def rained_on(town: Town, shares: Iterable[float], first_day: int = 0, silent_h: int | None = None) -> Town:
    """The same days of a town that is there; silent_h: an hour of each day in which the first gauge says nothing."""
    gauges = sorted(name.removeprefix("gauge/") for name in town.parts if name.startswith("gauge/") and name.count("/") == 1)
    for day, share in enumerate(shares, first_day):
        for hour in range(24):
            rain_mm = float(6 <= hour < 6 + _RAINS_H)
            for gauge in gauges:
                if gauge != gauges[0]:
                    town.rain(rain_mm, day * _DAY_MIN + hour * 60 + 30, gauge)
                elif hour != silent_h:
                    town.rain(share * rain_mm, day * _DAY_MIN + hour * 60 + 30, gauge)
        town.pass_to(MIDNIGHT + (day + 1) * timedelta(days=1) + timedelta(hours=3))
    return town
