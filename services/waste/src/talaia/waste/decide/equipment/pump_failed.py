"""A pump is asked to run and does not (`standstill.py` says how that is known), and its station has power."""

from datetime import datetime

from talaia.contracts.vocabulary import Priority
from talaia.waste.decide.equipment import power_failed, track
from talaia.waste.decide.equipment.standstill import asked_since, standstill, still_since
from talaia.waste.decide.equipment.station import Finding, Station
from talaia.waste.model.conditions import PUMP_FAILED, condition_id
from talaia.waste.model.pumps import PumpPart
from talaia.waste.model.site_policy import EquipmentPolicy

KIND = PUMP_FAILED


def pump_failed(station: Station, part: PumpPart, since: datetime | None, policy: EquipmentPolicy) -> Finding | None:
    """What tells that the pump fails; of high priority when no other can take over. since: from when on it is known to."""
    priority = Priority.HIGH if len(station.pumps) == 1 else Priority.MEDIUM
    power = station.shared.spells.get(power_failed.KIND)
    condition = station.shared.conditions.get(condition_id(power_failed.KIND, station.site.id))
    gone_since = power.since if power is not None and condition is not None and condition.open else None
    if gone_since is not None and power_failed.started_since(station, gone_since, policy):
        gone_since = None  # pumps run all the same: the power explains nothing
    if since is not None:
        explained = gone_since is not None and gone_since <= since
        return None if explained or _over(station, part, since, policy) else Finding(since, priority, {})
    start = still_since(station, part)
    if start is None or gone_since is not None:
        return None
    if power is not None and power.until is not None:
        start = max(start, power.until)
    facts = standstill(station, part, start, policy)
    return None if facts is None else Finding(start, priority, facts)


def _over(station: Station, part: PumpPart, since: datetime, policy: EquipmentPolicy) -> bool:
    """Whether the pump ran since, or was not asked after all; without feedback: whether the level shows that it drives."""
    if track.on_at(part.asked, since) is False or track.was_on(part.ran, since):
        return True
    start = asked_since(part)
    if station.has_feedback(part) or start is None or start <= since:
        return False
    down, usual = station.bend_at(part, start).down, station.usual_flow(part, policy)
    return down is not None and usual is not None and down >= policy.drives * usual
