"""A pump starts too often, which wears motor and switchgear: its levels of start and stop lie too close, or a valve leaks."""

import struct
from datetime import datetime

import numpy as np

from talaia.contracts.vocabulary import Priority
from talaia.waste.decide.equipment.station import Finding, Station
from talaia.waste.model.conditions import PUMP_MANY_STARTS
from talaia.waste.model.outcomes import Threshold
from talaia.waste.model.pumps import PumpPart
from talaia.waste.model.site_policy import EquipmentPolicy

KIND = PUMP_MANY_STARTS
_START = struct.Struct("<I")
_START_BYTES = _START.size


def pump_many_starts(station: Station, part: PumpPart, since: datetime | None, policy: EquipmentPolicy) -> Finding | None:
    """What tells that it starts too often; over when it starts half as often. since: from when on it is known to."""
    most = policy.most_starts if since is None else policy.most_starts // 2
    if len(part.starts) <= _START_BYTES * most:
        return None
    if np.frombuffer(part.starts, "<u4")[-most - 1] <= _counted_from(station, part, policy):
        return None
    return Finding(since or station.moment, Priority.LOW, {})


def measured(station: Station, part: PumpPart, policy: EquipmentPolicy) -> dict[str, float | str]:
    """Its starts in the time in which they count; no more of them are kept than are too many."""
    if not part.starts:
        return {"starts": 0.0}
    starts = np.frombuffer(part.starts, "<u4")
    return {"starts": float(np.sum(starts > _counted_from(station, part, policy)))}


def limits(policy: EquipmentPolicy) -> tuple[Threshold, ...]:
    """How many starts are too many, and up to how many they are few again, in how long a time."""
    return (
        ("told_over", float(policy.most_starts), "1"),
        ("over_up_to", float(policy.most_starts // 2), "1"),
        ("starts_within", policy.starts_within.total_seconds() / 60, "min"),
    )


def _counted_from(station: Station, part: PumpPart, policy: EquipmentPolicy) -> float:
    """Seconds since 1970."""
    (last,) = _START.unpack_from(part.starts, len(part.starts) - _START_BYTES)
    return max(station.moment.timestamp(), float(last)) - policy.starts_within.total_seconds()
