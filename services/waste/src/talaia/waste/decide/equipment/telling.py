"""What the rules of a station find is said: a condition begins, is renewed, ends.

One that was said to be unknown is not renewed before a good level comes; it ends at once when its rule finds it over.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from talaia.contracts.vocabulary import Priority, SignalState, Unit
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.equipment import (
    power_failed,
    pump_degraded,
    pump_failed,
    pump_long_run,
    pump_many_starts,
    pump_never_duty,
    standstill,
)
from talaia.waste.decide.equipment.pump_flow import measured
from talaia.waste.decide.equipment.station import Finding, Station
from talaia.waste.decide.equipment.track import Track
from talaia.waste.decide.levels import level_at
from talaia.waste.decide.signals import must_renew, tell
from talaia.waste.model.conditions import Condition, Subject, condition_id, of_site
from talaia.waste.model.outcomes import Evidence, Observation, Outcome, Threshold
from talaia.waste.model.pumps import PumpPart, Spell, StationPart
from talaia.waste.model.site_policy import EquipmentPolicy

Rules = Mapping[str, Callable[[Station, PumpPart, datetime | None, EquipmentPolicy], Finding | None]]
"""Rules of a pump by the kind of condition they tell."""
BY_LEVEL: Rules = {
    pump_failed.KIND: pump_failed.pump_failed,
    pump_degraded.KIND: pump_degraded.pump_degraded,
}
"""Those to which one more level may tell something."""
ALL: Rules = {
    **BY_LEVEL,
    pump_long_run.KIND: pump_long_run.pump_long_run,
    pump_many_starts.KIND: pump_many_starts.pump_many_starts,
    pump_never_duty.KIND: pump_never_duty.pump_never_duty,
}
LIMITS: Mapping[str, Callable[[EquipmentPolicy], tuple[Threshold, ...]]] = {
    power_failed.KIND: standstill.limits,
    pump_failed.KIND: standstill.limits,
    pump_degraded.KIND: pump_degraded.limits,
    pump_long_run.KIND: pump_long_run.limits,
    pump_many_starts.KIND: pump_many_starts.limits,
    pump_never_duty.KIND: pump_never_duty.limits,
}
"""What each rule compares with."""
_MEASURED: Mapping[str, Callable[[Station, PumpPart, EquipmentPolicy], Mapping[str, float | str]]] = {
    pump_degraded.KIND: pump_degraded.measured,
    pump_many_starts.KIND: pump_many_starts.measured,
    pump_never_duty.KIND: pump_never_duty.measured,
}
"""What each rule compares that is not seen in commands, feedback and levels."""
_MOST_OBSERVED = 180
"""What every pump was asked and did; readers take 200 readings, levels among them."""
_Owner = TypeVar("_Owner", PumpPart, StationPart)


def settled(station: Station, rules: Rules, at: Circumstances) -> tuple[Station, list[Outcome]]:
    """The station after its rules, and what is to be said. Power comes first: it explains pumps that stand still."""
    policy = at.policy.equipment
    for part in station.pumps.values():
        station = station.with_pump(measured(station, part, policy))
    said: list[Outcome] = []
    since = _since(station.shared, power_failed.KIND, station.site.id)
    found = power_failed.power_failed(station, since, policy)
    if found is not None or since is not None:
        shared, said = _told(station, station.shared, power_failed.KIND, of_site(station.site), found, at)
        station = msgspec.structs.replace(station, shared=shared)
    for name in station.pumps:
        subject = f"{station.site.id}/{name}"
        for kind, rule in rules.items():
            part = station.pumps[name]
            since = _since(part, kind, subject)
            found = rule(station, part, since, policy)
            if found is not None or since is not None:
                part, words = _told(station, part, kind, of_site(station.site, name), found, at)
                station = station.with_pump(part)
                said += words
    return station, said


def _since(owner: PumpPart | StationPart, kind: str, subject: str) -> datetime | None:
    """From when on a condition stands; None: it does not."""
    condition = owner.conditions.get(condition_id(kind, subject)) if owner.conditions else None
    return owner.spells[kind].since if condition is not None and condition.open else None


def _told(
    station: Station, owner: _Owner, kind: str, subject: Subject, found: Finding | None, at: Circumstances
) -> tuple[_Owner, list[Outcome]]:
    name = condition_id(kind, subject.id)
    condition = owner.conditions.get(name, Condition())
    if found is None and not condition.open:
        return owner, []
    state = SignalState.BEGAN
    if condition.open:
        state = SignalState.ENDED if found is None else SignalState.CHANGED
        if found is not None and (not must_renew(condition, at.now, at.policy.signal) or _is_unknown(condition, station, at)):
            return owner, []
    priority = Priority.LOW if found is None else found.priority
    spell = Spell(owner.spells[kind].since, station.moment) if found is None else Spell(found.since)
    facts: dict[str, float | str] = {"since": spell.since.isoformat(), **({} if found is None else found.facts)}
    if isinstance(owner, PumpPart) and kind in _MEASURED:
        facts |= _MEASURED[kind](station, owner, at.policy.equipment)
    told, word = tell(condition, state, kind, subject, at, priority=priority, evidence=_evidence(station, kind, facts, at))
    return msgspec.structs.replace(owner, conditions=owner.conditions | {name: told}, spells=owner.spells | {kind: spell}), [word]


def _is_unknown(condition: Condition, station: Station, at: Circumstances) -> bool:
    """Whether it was said to be unknown, and no good level came since: a switch that repeats itself tells nothing."""
    if condition.expires_at is None or condition.expires_at > at.now:
        return False
    seen_at = level_at(station.trail)
    return seen_at is None or seen_at < at.now - at.policy.forecast.level_age


def _evidence(station: Station, kind: str, facts: dict[str, float | str], at: Circumstances) -> Evidence:
    """Levels, what the mains told, and what each pump was asked and did, up to the moment of the newest sample."""
    facts["seen_until"] = station.moment.isoformat()
    observations: list[Observation] = []
    most = _MOST_OBSERVED // max(2 * len(station.pumps), 1)
    observations += _observed("mains power", station.shared.mains)
    for part in station.pumps.values():
        pump = station.pump(part)
        observations += _observed(pump.command, part.asked[-most:])
        observations += _observed(pump.running or pump.power, part.ran[-most:])
    return Evidence(
        rule=kind,
        rule_version=at.policy.signal.rule_version,
        configuration=at.configuration,
        levels=station.trail,
        observations=tuple(observations),
        thresholds=LIMITS[kind](at.policy.equipment),
        facts=tuple(sorted(facts.items())),
    )


def _observed(sensor: str, seen: Track) -> list[Observation]:
    """Of a sensor that is configured: what another one saw before has no name any more."""
    return [] if not sensor else [Observation(sensor, turn.time, float(turn.on), Unit.STATE) for turn in seen]
