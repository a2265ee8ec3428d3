"""A dry-weather spill is a condition while it lasts: a blockage or a failed pump, for there is no rain that explains it."""

from datetime import UTC, datetime, timedelta

import msgspec

from talaia.contracts.vocabulary import Priority, SignalState, Unit
from talaia.waste.decide import consequence
from talaia.waste.decide.neighbours import neighbours
from talaia.waste.decide.signals import must_renew, tell
from talaia.waste.decide.spills.dry_weather import fallen_mm, local_day
from talaia.waste.decide.spills.record import Known
from talaia.waste.model.conditions import DRY_WEATHER_SPILL, Condition, condition_id, of_site
from talaia.waste.model.outcomes import Evidence, Outcome
from talaia.waste.model.parts import SitePart
from talaia.waste.model.spills import SpillPart


def dry_weather_spill(part: SpillPart, site: SitePart, known: Known) -> tuple[SpillPart, list[Outcome]]:
    """The record with its condition, and what is to be said of it.

    It begins only when the alarm, which leaves out what quality control calls wrong, says that the site overflows.
    """
    name = condition_id(DRY_WEATHER_SPILL, part.site)
    condition = part.conditions.get(name, Condition())
    last = part.entries[-1] if part.entries else None
    lasts = last is not None and last.dry is True and last.spill.end_s is None
    if not condition.open and not (lasts and site.started.open):
        return part, []
    state = SignalState.BEGAN
    if condition.open:
        if lasts and not must_renew(condition, known.at.now, known.at.policy.signal):
            return part, []
        state = SignalState.CHANGED if lasts else SignalState.ENDED
    why = _evidence(part, site, known)
    priority = consequence.weighed(Priority.HIGH, site.site, known.at.policy.signal)
    told, said = tell(condition, state, DRY_WEATHER_SPILL, of_site(site.site), known.at, priority=priority, evidence=why)
    return msgspec.structs.replace(part, conditions={name: told}), [said]


def _evidence(part: SpillPart, site: SitePart, known: Known) -> Evidence:
    policy, crest_m = known.at.policy, site.site.crest_m
    beside = neighbours(site.site, known.parts, known.at)
    facts = consequence.facts(site.site, policy.signal) | beside.facts
    if part.entries:
        start = datetime.fromtimestamp(part.entries[-1].spill.start_s, UTC)
        facts["started_at"] = start.isoformat()
        if (end_s := part.entries[-1].spill.end_s) is not None:
            facts["ended_at"] = datetime.fromtimestamp(end_s, UTC).isoformat()
        if known.rain is not None:
            facts["rain_mm_day"] = fallen_mm(known.rain, *local_day(start, known.zone))
            facts["rain_mm_24h_before"] = fallen_mm(known.rain, start - timedelta(days=1), start)
    return Evidence(
        rule=DRY_WEATHER_SPILL,
        rule_version=policy.signal.rule_version,
        configuration=known.at.configuration,
        levels=site.trail,
        observations=beside.observations,
        thresholds=(
            ("crest", crest_m, Unit.METRE),
            ("starts_from", policy.signal.start * crest_m, Unit.METRE),
            ("over_under", policy.signal.end * crest_m, Unit.METRE),
            ("dry_up_to", policy.spill.dry_mm, Unit.MILLIMETRE),
        ),
        facts=tuple(sorted(facts.items())),
    )
