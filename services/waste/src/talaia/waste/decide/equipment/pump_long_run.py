"""A pump has run for hours without a rest: too much flows in, or too little flows out.

While another pump of its station is known to fail, that explains it, and nothing is said of the one that works for both.
"""

from datetime import datetime

from talaia.contracts.vocabulary import Priority
from talaia.waste.decide.equipment import pump_failed, track
from talaia.waste.decide.equipment.station import Finding, Station
from talaia.waste.model.conditions import PUMP_LONG_RUN, Condition, condition_id
from talaia.waste.model.outcomes import Threshold
from talaia.waste.model.pumps import PumpPart
from talaia.waste.model.site_policy import EquipmentPolicy

KIND = PUMP_LONG_RUN


def pump_long_run(station: Station, part: PumpPart, since: datetime | None, policy: EquipmentPolicy) -> Finding | None:
    """What tells that it runs too long. since: from when on it is known to have run."""
    driven = station.driven(part)
    start = track.since(driven) if track.is_on(driven) else None
    if start is None or (since is None and station.moment < start + policy.long_run):
        return None
    if any(_fails(station, other) for name, other in station.pumps.items() if name != part.pump):
        return None
    return Finding(start, Priority.LOW, {"running_since": start.isoformat()})


def limits(policy: EquipmentPolicy) -> tuple[Threshold, ...]:
    """How long is too long."""
    return (("told_after", policy.long_run.total_seconds() / 60, "min"),)


def _fails(station: Station, part: PumpPart) -> bool:
    name = condition_id(pump_failed.KIND, f"{station.site.id}/{part.pump}")
    return part.conditions.get(name, Condition()).open
