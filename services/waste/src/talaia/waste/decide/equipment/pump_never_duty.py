"""A pump is never asked while the others take turns: it stands idle, and nobody would know that it fails."""

from datetime import datetime

from talaia.contracts.vocabulary import Priority
from talaia.waste.decide.equipment.standstill import asked_since
from talaia.waste.decide.equipment.station import Finding, Station
from talaia.waste.model.policy import EquipmentPolicy
from talaia.waste.model.pumps import PumpPart

KIND = "waste.pump_never_duty"


def pump_never_duty(station: Station, part: PumpPart, since: datetime | None, policy: EquipmentPolicy) -> Finding | None:
    """What tells that it is never on duty. since: from when on it is known to be so."""
    started = station.shared.started
    if len(started) < policy.unused_starts or part.pump in started or asked_since(part) is not None:
        return None
    return Finding(since or station.moment, Priority.LOW, {"starts_of_others": float(len(started))})
