"""A station has no power: its own sensor says so, or all pumps are asked to run and none does, from one moment on.

Pumps that fail one after the other are no loss of power: one that ran after the first one stood still shows that.
What the sensor of the mains says is told whatever pumps do: one that is seen running may run by another supply, or its
feedback be stuck, or that sensor be wrong. Nobody can tell which, so that is said with it.
A station with one pump, or with pumps without feedback, can tell a loss of power by its own sensor alone.
"""

from datetime import datetime

from talaia.contracts.vocabulary import Priority
from talaia.waste.decide.equipment import track
from talaia.waste.decide.equipment.standstill import by_itself, standstill, still_since
from talaia.waste.decide.equipment.station import Finding, Station
from talaia.waste.model.conditions import POWER_FAILED
from talaia.waste.model.site_policy import EquipmentPolicy

KIND = POWER_FAILED
_DOUBT = "a pump is seen running: by another supply, or its feedback or the sensor of the mains is wrong"


def power_failed(station: Station, since: datetime | None, policy: EquipmentPolicy) -> Finding | None:
    """What tells that the power is gone. since: from when on it is known to be."""
    mains = station.shared.mains
    off_since = None if track.is_on(mains) else track.since(mains)
    if off_since is not None:
        seen = {"doubt": _DOUBT} if _ran(station, off_since + policy.feedback_after) else {}
        return Finding(since or off_since, Priority.HIGH, {"told_by": "mains", **seen})
    if since is not None:
        return None if _back(station, since) else Finding(since, Priority.HIGH, {"told_by": "no pump runs yet"})
    return _none_runs(station, policy)


def started_since(station: Station, since: datetime, policy: EquipmentPolicy) -> bool:
    """Whether any pump was seen to start after the power was gone, which feedback that is stuck never shows."""
    return any(start >= since + policy.feedback_after for part in station.pumps.values() for start in track.starts(part.ran))


def _back(station: Station, since: datetime) -> bool:
    """Whether anything ran on this power since, or no pump was asked at that time after all."""
    back = track.was_on(station.shared.mains, since) or _ran(station, since)
    return back or all(track.on_at(part.asked, since) is False for part in station.pumps.values())


def _ran(station: Station, start: datetime) -> bool:
    """Whether any pump was seen running at `start` or after."""
    return any(track.was_on(part.ran, start) for part in station.pumps.values())


def _none_runs(station: Station, policy: EquipmentPolicy) -> Finding | None:
    """All pumps are asked, and none has run since the first stood still; the last one certainly stands still, too."""
    if len(station.pumps) < 2 or not all(track.is_on(part.asked) for part in station.pumps.values()):
        return None
    pumps = [part for part in station.pumps.values() if station.has_feedback(part)]
    still = [(start, part.pump) for part in pumps if (start := still_since(station, part)) is not None]
    if len(still) < len(station.pumps):
        return None
    first, (last, name) = min(still)[0], max(still)
    if _ran(station, first):
        return None
    at_once = last - first <= policy.feedback_after and all(by_itself(station.pumps[pump], start) for start, pump in still)
    certain = "all pumps stopped at once" if at_once else None
    facts = standstill(station, station.pumps[name], last, policy, certain=certain)
    return None if facts is None else Finding(first, Priority.HIGH, facts)
