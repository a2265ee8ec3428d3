"""Water that seeps in: the lowest level of dry days, against the season before.

At its lowest a sewer carries hardly any waste water: what is left came in through joints and cracks. Of each day that
was dry nearly throughout the lowest half hour counts, of each week the median of its days, and a week is judged against
the median of the weeks before it.
"""

from statistics import median

import msgspec

from talaia.waste.model.dry import HALF_HOURS, UNKNOWN_MM, DryPart
from talaia.waste.model.site_policy import SewerPolicy

_FINEST_MM = 1.0
_WEEK = 7 * HALF_HOURS
_FIRST_WEEK_ENDS = 4 * HALF_HOURS


def after(part: DryPart, dry_mm: int | None, policy: SewerPolicy) -> DryPart:
    """After the half hour `part.half_hour`; dry_mm: its level, None if it was not dry or is not known."""
    if dry_mm is not None:
        part = msgspec.structs.replace(part, lowest_mm=min(part.lowest_mm, dry_mm), dry=part.dry + 1)
    if part.half_hour % HALF_HOURS:
        return part
    nights = (*part.nights_mm, part.lowest_mm) if part.dry >= policy.dry_day_half_hours else part.nights_mm
    if part.half_hour % _WEEK != _FIRST_WEEK_ENDS:
        return msgspec.structs.replace(part, lowest_mm=UNKNOWN_MM, dry=0, nights_mm=nights)
    weeks = (*part.weeks_mm, round(median(nights))) if len(nights) >= policy.week_nights else part.weeks_mm
    weeks = weeks[-policy.season_weeks - 1 :]
    return msgspec.structs.replace(part, lowest_mm=UNKNOWN_MM, dry=0, nights_mm=(), weeks_mm=weeks)


def excess_mm(weeks_mm: tuple[int, ...], policy: SewerPolicy) -> float:
    """How much higher the last week was than the season before it; 0 until enough weeks are known."""
    if len(weeks_mm) <= policy.season_least_weeks:
        return 0.0
    return weeks_mm[-1] - median(weeks_mm[:-1])


def least_mm(depth_m: float, policy: SewerPolicy) -> float:
    """The excess that is worth a word. depth_m: from the bottom of the site to its crest."""
    return max(policy.seeping * depth_m * 1000, _FINEST_MM)


def stands(was_open: bool, weeks_mm: tuple[int, ...], depth_m: float, policy: SewerPolicy) -> bool:
    """Whether it is worth a word: from the excess on that is, until half of it is left."""
    from_mm = least_mm(depth_m, policy)
    return excess_mm(weeks_mm, policy) >= (from_mm / 2 if was_open else from_mm)
