"""A pump has run for hours without a rest: too much flows in, or too little flows out."""

from datetime import datetime

from talaia.contracts.vocabulary import Priority
from talaia.waste.decide.equipment import track
from talaia.waste.decide.equipment.station import Finding, Station
from talaia.waste.model.pumps import PumpPart
from talaia.waste.model.site_policy import EquipmentPolicy

KIND = "waste.pump_long_run"


def pump_long_run(station: Station, part: PumpPart, since: datetime | None, policy: EquipmentPolicy) -> Finding | None:
    """What tells that it runs too long. since: from when on it is known to have run."""
    driven = station.driven(part)
    start = track.since(driven) if track.is_on(driven) else None
    if start is None or (since is None and station.moment < start + policy.long_run):
        return None
    return Finding(start, Priority.LOW, {"running_since": start.isoformat()})
