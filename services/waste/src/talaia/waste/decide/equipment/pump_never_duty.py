"""A pump is never asked while the others take turns: it stands idle, and nobody would know that it fails."""

import struct
from datetime import datetime

from talaia.contracts.vocabulary import Priority
from talaia.waste.decide.equipment import track
from talaia.waste.decide.equipment.standstill import asked_since
from talaia.waste.decide.equipment.station import Finding, Station
from talaia.waste.model.conditions import PUMP_NEVER_DUTY
from talaia.waste.model.pumps import PumpPart
from talaia.waste.model.site_policy import EquipmentPolicy

KIND = PUMP_NEVER_DUTY
_START = struct.Struct("<I")


def pump_never_duty(station: Station, part: PumpPart, since: datetime | None, policy: EquipmentPolicy) -> Finding | None:
    """What tells that it is never on duty. since: from when on it is known to be so. Of a pump without sensors nobody knows."""
    driven = station.driven(part)
    if track.is_on(driven) or asked_since(part) is not None:
        return None
    rested = track.since(driven)
    start_s = 0.0 if rested is None else rested.timestamp()
    others = (other.starts for name, other in station.pumps.items() if name != part.pump)
    turns = sum(start > start_s for starts in others for (start,) in _START.iter_unpack(starts))
    if turns < policy.unused_starts or not station.pump(part).sensors:
        return None
    return Finding(since or station.moment, Priority.LOW, {"starts_of_others": float(turns)})
