"""A pump that is asked to run and does not.

No feedback within 90 s may be feedback that comes late, so the level must agree: where a pump starts, its rise bends down
by the pump's flow. Where the level cannot show it (the pump was asked long ago, or stopped by itself), the level must at
least not fall, and something must tell that nothing is merely late: command and feedback were both seen since, or it has
been too long for that, or the pump stopped higher than it ever does when it is told to.
A pump without feedback is judged by the bend alone, after three rises.
"""

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from talaia.waste.decide.equipment import track
from talaia.waste.decide.equipment.level_bend import Bend
from talaia.waste.decide.equipment.station import Station
from talaia.waste.model.outcomes import Threshold
from talaia.waste.model.pumps import PumpPart
from talaia.waste.model.site_policy import EquipmentPolicy

Facts = Mapping[str, float | str]


def limits(policy: EquipmentPolicy) -> tuple[Threshold, ...]:
    """What standing still is judged by."""
    return (
        ("answers_within", policy.feedback_after.total_seconds(), "s"),
        ("late_up_to", policy.late_by.total_seconds() / 60, "min"),
        ("least_share_of_flow", policy.drives, "1"),
    )


def asked_since(part: PumpPart) -> datetime | None:
    """Since when the pump is asked to run; None: it is not."""
    return track.since(part.asked) if track.is_on(part.asked) else None


def still_since(station: Station, part: PumpPart) -> datetime | None:
    """Since when the pump, asked, is not known to run: since it was asked, or stopped by itself after that."""
    asked = asked_since(part)
    if asked is None or not station.has_feedback(part):
        return asked
    return None if track.is_on(part.ran) else max(asked, track.since(part.ran) or asked)


def by_itself(part: PumpPart, start: datetime) -> bool:
    """Whether it stands still since a moment because it stopped then, not because it did not start."""
    return start in track.switches(part.ran)


def standstill(
    station: Station, part: PumpPart, start: datetime, policy: EquipmentPolicy, *, certain: str | None = None
) -> Facts | None:
    """What tells that a pump, asked, does not run from `start` on; None: nothing does, or it is too early to say.

    certain: what else tells that neither its feedback nor the end of its command is merely late.
    """
    if station.moment < start + policy.feedback_after:
        return None
    seen = station.bend_at(part, start)
    flow = station.usual_flow(part, policy) or max(seen.before or 0.0, 0.0)
    least = policy.drives * flow
    if seen.down is None or seen.after is None or flow <= 0 or by_itself(part, start):
        told_by = certain or _not_late(station, part, start, seen, policy)
        still = told_by is not None and station.falls(least, start) is False
    else:
        told_by = "level"
        still = seen.down < least and seen.after > -least and (station.has_feedback(part) or _rises(seen, policy))
    if not still:
        return None
    facts: dict[str, float | str] = {"told_by": told_by or "", "usual_flow_m_per_min": flow, "least_bend_m_per_min": least}
    slopes = {"slope_before_m_per_min": seen.before, "slope_after_m_per_min": seen.after}
    return facts | {name: slope for name, slope in slopes.items() if slope is not None}


def _not_late(station: Station, part: PumpPart, start: datetime, seen: Bend, policy: EquipmentPolicy) -> str | None:
    """What tells that neither feedback nor the end of the command is merely late; None: nothing does."""
    if not station.has_feedback(part):
        return None
    if part.asked and part.ran and min(part.asked[-1].time, part.ran[-1].time) >= start + policy.feedback_after:
        return "command and feedback, both seen since"
    if station.moment >= start + policy.late_by:
        return "too long ago to be late"
    stops, usual = np.frombuffer(part.stops_m, "<f4"), station.usual_flow(part, policy)
    if by_itself(part, start) and seen.stop_m is not None and usual is not None and len(stops) >= policy.own_cycles:
        return "stopped higher than ever when told to" if seen.stop_m > float(np.max(stops)) + policy.drives * usual else None
    return None


def _rises(seen: Bend, policy: EquipmentPolicy) -> bool:
    return len(seen.levels_after) > policy.rises and (seen.after or 0.0) > 0
