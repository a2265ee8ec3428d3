"""A pump is never asked while the others take turns: it stands idle, and nobody would know that it fails."""

import struct
from datetime import datetime

from talaia.contracts.vocabulary import Priority
from talaia.waste.decide.equipment import track
from talaia.waste.decide.equipment.standstill import asked_since
from talaia.waste.decide.equipment.station import Finding, Station
from talaia.waste.model.conditions import PUMP_NEVER_DUTY
from talaia.waste.model.outcomes import Threshold
from talaia.waste.model.pumps import PumpPart
from talaia.waste.model.site_policy import EquipmentPolicy

KIND = PUMP_NEVER_DUTY
_START = struct.Struct("<I")


def pump_never_duty(station: Station, part: PumpPart, since: datetime | None, policy: EquipmentPolicy) -> Finding | None:
    """What tells that it is never on duty. since: from when on it is known to be so. Of a pump without sensors nobody knows."""
    driven = station.driven(part)
    if track.is_on(driven) or asked_since(part) is not None:
        return None
    if _turns(station, part) < policy.unused_starts or not station.pump(part).sensors:
        return None
    return Finding(since or station.moment, Priority.LOW, {})


def measured(station: Station, part: PumpPart, policy: EquipmentPolicy) -> dict[str, float | str]:
    """Starts of the others while it rested, and whether it rests."""
    rests = not track.is_on(station.driven(part)) and asked_since(part) is None
    return {"starts_of_others": float(_turns(station, part)), "rests": "yes" if rests else "no: it is asked, or runs"}


def limits(policy: EquipmentPolicy) -> tuple[Threshold, ...]:
    """After how many starts of the others it is unused."""
    return (("told_from", float(policy.unused_starts), "1"),)


def _turns(station: Station, part: PumpPart) -> int:
    """Starts of the other pumps since it rests."""
    rested = track.since(station.driven(part))
    start_s = 0.0 if rested is None else rested.timestamp()
    others = (other.starts for name, other in station.pumps.items() if name != part.pump)
    return sum(start > start_s for starts in others for (start,) in _START.iter_unpack(starts))
