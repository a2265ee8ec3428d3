"""A pump starts too often, which wears motor and switchgear: its levels of start and stop lie too close, or a valve leaks."""

from datetime import datetime

import numpy as np

from talaia.contracts.vocabulary import Priority
from talaia.waste.decide.equipment.station import Finding, Station
from talaia.waste.model.conditions import PUMP_MANY_STARTS
from talaia.waste.model.pumps import PumpPart
from talaia.waste.model.site_policy import EquipmentPolicy

KIND = PUMP_MANY_STARTS
_START_BYTES = 4


def pump_many_starts(station: Station, part: PumpPart, since: datetime | None, policy: EquipmentPolicy) -> Finding | None:
    """What tells that it starts too often; over when it starts half as often. since: from when on it is known to."""
    most = policy.most_starts if since is None else policy.most_starts // 2
    if len(part.starts) <= _START_BYTES * most:
        return None
    starts = np.frombuffer(part.starts, "<u4")
    newest = max(station.moment.timestamp(), float(starts[-1]))
    start = newest - policy.starts_within.total_seconds()
    if starts[-most - 1] <= start:
        return None
    facts = {"starts": float(np.sum(starts > start)), "most_starts": float(policy.most_starts)}
    return Finding(since or station.moment, Priority.LOW, facts)
