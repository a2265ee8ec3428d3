"""A catchment whose sites have had so many dry nights: what a drifting level sensor is told by."""

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace
from support.town import MIDNIGHT, MINUTE, PIPE, Town, configuration
from talaia.waste.model.dry import DryPart, Night, NightsPart, dry_part, nights_part
from talaia.waste.model.policy import Policy, SignalPolicy

SITES = tuple(replace(PIPE, id=name, crest_m=2.0) for name in ("CSO1", "CSO2", "CSO3", "CSO4"))
DRIFTING = SITES[0].id
SENSOR = "CSO1/CSO1.level"
ZERO_M = SITES[0].crest_m - 60
TODAY = round(MIDNIGHT.timestamp()) // 86_400
DAYS = 15
HOUR_MIN = 60
POLICY = Policy(look_round_every_min=1)
QUIET = Policy(signal=SignalPolicy(alive_every=timedelta(hours=12)))
Metres = Callable[[int], float]


def still(_: int) -> float:
    """It stands where it stood."""
    return 0.0


def town_of(own: Metres, neighbours: Metres = still, sites: int = 4, wet: int = 0, policy: Policy = POLICY) -> Town:
    """A town after days of nights that stood so much over .1 m, the last ten of them wet for so many sites."""
    town = Town(policy).configured(configuration(sites=SITES[:sites]))
    for number, site in enumerate(SITES[:sites]):
        of = neighbours if number else own
        nights = tuple(
            Night(TODAY - DAYS + n, round((0.1 + of(n) - ZERO_M) * 1000) + n * 7919 % 5 - 2, n < 5 or number >= wet)
            for n in range(DAYS)
        )
        town.parts[nights_part(site.id)] = NightsPart(nights=nights)
        town.parts[dry_part(site.id)] = DryPart(zero_m=ZERO_M)
    return hour_of(town, 0)


def hour_of(town: Town, day: int) -> Town:
    """The hour after midnight, and the slot at its end in which the day before is closed."""
    for minute in range(day * 24 * HOUR_MIN + 5, day * 24 * HOUR_MIN + HOUR_MIN + 1, 5):
        town.rain(0.0, minute)
        for site in SITES:
            if nights_part(site.id) in town.parts:
                town.level(0.1 + minute % 7 / 1000, minute, site.id)
    town.pass_to(MIDNIGHT + (day * 24 * HOUR_MIN + HOUR_MIN + 2) * MINUTE)
    return town


def set_right(town: Town) -> Town:
    """The sensor that drifted was set right some nights ago, as the next day shows."""
    town.pass_to(MIDNIGHT + (24 * HOUR_MIN + 1) * MINUTE)
    part = town.parts[nights_part(DRIFTING)]
    assert isinstance(part, NightsPart)
    right = tuple(replace(night, low_mm=part.nights[0].low_mm) if n >= 11 else night for n, night in enumerate(part.nights))
    town.parts[nights_part(DRIFTING)] = NightsPart(nights=right)
    return hour_of(town, 1)
