"""A rain gauge under-reads: on most of the last days with rain it measured less than half of what its neighbours did.

Leaves in the funnel or a filter half closed let it tip on, only less. A storm that falls beside a gauge makes one such
day or two, and then others; a gauge that is always drier than that is no gauge for its sites. With fewer than two
neighbours nobody knows which one is wrong, and a day that a gauge did not tell of in full is not compared.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median

import msgspec

from talaia.contracts.vocabulary import Unit
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.holding import hold, is_open
from talaia.waste.decide.rules import Round
from talaia.waste.decide.spills.dry_weather import fallen_mm, heard
from talaia.waste.decide.standing import any_open
from talaia.waste.model.conditions import GAUGE_UNDER_READING, of_gauge
from talaia.waste.model.outcomes import NOTHING, Evidence, Observation, Signal, Step
from talaia.waste.model.parts import Part
from talaia.waste.model.rain_policy import GaugePolicy
from talaia.waste.model.rainfall import WetDay, WetDaysPart, wet_days_part
from talaia.waste.model.spills import RainDay, rainday_part

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_CLOSED_AFTER = timedelta(minutes=65)
"""Readings are up to an hour late."""
_NEIGHBOURS = 2


def under_reading(told: Round) -> Step:
    """Once a day (UTC) the gauges are compared; what stands is said again in between."""
    gauges, day = told.catchment.gauges, (told.at.now - _EPOCH - _CLOSED_AFTER) // _DAY
    if len(gauges) <= _NEIGHBOURS and not any(wet_days_part(gauge.id) in told.parts for gauge in gauges):
        return NOTHING
    known = {gauge.id: _part(told.parts, gauge.id) for gauge in gauges}
    if all(part.compared == day and not part.conditions for part in known.values()):
        return NOTHING
    fallen = _fallen(told, day) if any(part.compared < day for part in known.values()) else {}
    changed: dict[str, Part | None] = {}
    said: list[Signal] = []
    for gauge in gauges:
        before = part = known[gauge.id]
        if before.compared < day:
            part = _compared(before, fallen, day, told.at.policy.gauges)
        if part is not before or any_open(part.conditions):
            subject = of_gauge(gauge)
            stands = _stands(is_open(part, GAUGE_UNDER_READING, subject), part.days, told.at.policy.gauges)
            part, words = hold(part, GAUGE_UNDER_READING, subject, stands, told.at, partial(_why, part, told.at))
            said += words
        if part is not before:
            changed[wet_days_part(gauge.id)] = part
    return Step(changed=changed, outcomes=tuple(said))


def _part(parts: Mapping[str, Part], gauge: str) -> WetDaysPart:
    part = parts.get(wet_days_part(gauge))
    return part if isinstance(part, WetDaysPart) else WetDaysPart(gauge=gauge)


def _fallen(told: Round, day: int) -> dict[str, float]:
    """Rain of the day that ended so many days after 1970, of the gauges that told of each of its hours."""
    begins, ends = _EPOCH + (day - 1) * _DAY, _EPOCH + day * _DAY
    kept = {gauge.id: told.parts.get(rainday_part(gauge.id)) for gauge in told.catchment.gauges}
    return {
        gauge: fallen_mm(rain, begins, ends)
        for gauge, rain in kept.items()
        if isinstance(rain, RainDay) and heard(rain, begins, ends)
    }


def _compared(part: WetDaysPart, fallen: Mapping[str, float], day: int, policy: GaugePolicy) -> WetDaysPart:
    """With one more day, if it rained on it: the neighbours' rain is their median, so that one wrong one counts for nothing."""
    days = part.days
    others = [mm for gauge, mm in fallen.items() if gauge != part.gauge]
    if part.gauge in fallen and len(others) >= _NEIGHBOURS and (usual := median(others)) >= policy.wet_day_mm:
        days = (*days, WetDay(day, fallen[part.gauge], usual))[-policy.wet_days :]
    return msgspec.structs.replace(part, compared=day, days=days)


def _stands(was_open: bool, days: tuple[WetDay, ...], policy: GaugePolicy) -> bool:
    under = sum(each.own_mm < policy.under_share * each.neighbours_mm for each in days)
    return under >= (policy.under_days_held if was_open else policy.under_days)


def _why(part: WetDaysPart, at: Circumstances) -> Evidence:
    """Of each of the last days with rain, what the gauge measured and what its neighbours did."""
    policy = at.policy.gauges
    shown = [
        Observation(name, _EPOCH + each.day * _DAY, mm, Unit.MILLIMETRE)
        for each in part.days
        for name, mm in ((f"{part.gauge} day", each.own_mm), ("neighbours day", each.neighbours_mm))
    ]
    return Evidence(
        rule=GAUGE_UNDER_READING,
        rule_version=at.policy.signal.rule_version,
        configuration=at.configuration,
        observations=tuple(shown),
        thresholds=(
            ("under_share", policy.under_share, "1"),
            ("told_from_days", float(policy.under_days), "1"),
            ("over_under_days", float(policy.under_days_held), "1"),
            ("wet_from", policy.wet_day_mm, Unit.MILLIMETRE),
        ),
        facts=(("gauge", part.gauge),),
    )
