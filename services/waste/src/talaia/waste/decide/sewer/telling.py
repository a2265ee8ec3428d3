"""What the dry weather of a site gives reason to say: a blockage, water that seeps in."""

from datetime import UTC, datetime, timedelta

from talaia.contracts.vocabulary import Flag, Priority, Unit
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.holding import hold, is_open
from talaia.waste.decide.neighbours import Neighbours, neighbours
from talaia.waste.decide.rules import Closed
from talaia.waste.decide.sewer import blockage, infiltration, recovery
from talaia.waste.model.conditions import BLOCKAGE_SUSPECTED, INFILTRATION_HIGH, of_site
from talaia.waste.model.dry import DryPart
from talaia.waste.model.outcomes import Evidence, Observation, Signal
from talaia.waste.model.parts import Sample, SitePart

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HALF_HOUR = timedelta(minutes=30)


def tell_of(part: DryPart, place: SitePart, told: Closed) -> tuple[DryPart, tuple[Signal, ...]]:
    """The part with its conditions as they stand now, and what is to be said of them."""
    policy, was_blocked, was_seeping = told.at.policy.sewer, False, False
    if part.conditions:
        subject = of_site(place.site)
        was_blocked, was_seeping = is_open(part, BLOCKAGE_SUSPECTED, subject), is_open(part, INFILTRATION_HIGH, subject)
    blocked = blockage.stands(was_blocked, part.cusum, recovery.explains(part, policy), policy)
    seeping = infiltration.stands(was_seeping, part.weeks_mm, place.site.crest_m - place.site.bottom_m, policy)
    if not (was_blocked or was_seeping or blocked or seeping):
        return part, ()
    subject, at = of_site(place.site), told.of(place)
    part, of_blockage = hold(
        part,
        BLOCKAGE_SUSPECTED,
        subject,
        blocked,
        at,
        lambda: _of_blockage(part, neighbours(place.site, told.parts, at), at),
        priority=Priority.MEDIUM,
    )
    part, of_infiltration = hold(part, INFILTRATION_HIGH, subject, seeping, at, lambda: _of_infiltration(part, place, at))
    return part, of_blockage + of_infiltration


def _of_blockage(part: DryPart, beside: Neighbours, at: Circumstances) -> Evidence:
    """The last half hours with what they usually are, the sum of their excess after each, and the sites next to this one."""
    policy = at.policy.sewer
    seen = part.compared
    shown = [
        Observation(name, _time(each.half_hour), value, unit)
        for each in seen
        for name, value, unit in (
            ("usual level", each.usual_mm / 1000 + part.zero_m, Unit.METRE),
            ("usual spread", each.spread_mm / 1000, Unit.METRE),
            ("excess sum", each.cusum, Unit.STATE),
            *([("stood still", 1.0, Unit.STATE)] if each.still else []),
        )
    ]
    facts: dict[str, float | str] = {
        "excess_sum": part.cusum,
        "half_hour": _time(part.half_hour).isoformat(),
        "rain_explains_for_h": recovery.explained_for(part.recoveries, policy) / 2,
        "rain_not_recovered_from": "none" if part.rained is None else _time(part.rained).isoformat(),
    }
    return Evidence(
        rule=BLOCKAGE_SUSPECTED,
        rule_version=at.policy.signal.rule_version,
        configuration=at.configuration,
        levels=tuple(Sample(_time(each.half_hour), each.level_mm / 1000 + part.zero_m, Flag.GOOD) for each in seen),
        observations=(*shown, *beside.observations),
        thresholds=(
            ("suspected_from", policy.limit, Unit.STATE),
            ("over_at", 0.0, Unit.STATE),
            ("excess_of_a_half_hour_most", policy.excess_most, Unit.STATE),
            ("excess_of_a_half_hour_less", policy.slack, Unit.STATE),
            ("left_after_a_half_hour_of_rain", policy.fade_in_rain, Unit.STATE),
        ),
        facts=tuple(sorted((facts | beside.facts).items())),
    )


def _of_infiltration(part: DryPart, place: SitePart, at: Circumstances) -> Evidence:
    """Lowest dry-weather levels by week, the newest last."""
    policy, site = at.policy.sewer, place.site
    from_m = infiltration.least_mm(site.crest_m - site.bottom_m, policy) / 1000
    weeks = {f"lowest_m_{len(part.weeks_mm) - n}_weeks_ago": mm / 1000 + part.zero_m for n, mm in enumerate(part.weeks_mm)}
    facts: dict[str, float | str] = {
        **weeks,
        "weeks_before": float(max(len(part.weeks_mm) - 1, 0)),
        "over_the_season_m": infiltration.excess_mm(part.weeks_mm, policy) / 1000,
    }
    return Evidence(
        rule=INFILTRATION_HIGH,
        rule_version=at.policy.signal.rule_version,
        configuration=at.configuration,
        thresholds=(
            ("suspected_from", from_m, Unit.METRE),
            ("over_under", from_m / 2, Unit.METRE),
            ("least_weeks_before", float(policy.season_least_weeks), Unit.STATE),
        ),
        facts=tuple(sorted(facts.items())),
    )


def _time(half_hour: int) -> datetime:
    return _EPOCH + half_hour * _HALF_HOUR
