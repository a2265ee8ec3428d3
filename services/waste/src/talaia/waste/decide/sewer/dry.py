"""A half hour closes: how far the site is from its dry-weather level, and what that teaches."""

from typing import NamedTuple

import msgspec

from talaia.waste.decide.sewer import blockage, infiltration, nights, profile, recovery
from talaia.waste.model.dry import COMPARED_KEPT, Compared, DryPart
from talaia.waste.model.site_policy import SewerPolicy

_FINEST_MM = 1.0


class HalfHour(NamedTuple):
    """What is known of one: the median of its levels, and the rain at the site; None where not known.

    still: all its levels are the same.
    """

    number: int
    level_mm: int | None
    rain_mm: float | None
    still: bool = False


def after(part: DryPart, medians_mm: bytes, told: HalfHour, depth_m: float, policy: SewerPolicy) -> tuple[DryPart, bytes]:
    """The part and the profile after one half hour. depth_m: from the bottom of the site to its crest.

    Of half hours that were never closed nobody knows the rain: they count as wet.
    """
    if part.half_hour and told.number != part.half_hour + 1:
        part = msgspec.structs.replace(part, rained=told.number - 1)
    compared = _compared(medians_mm, told, depth_m, policy)
    part = msgspec.structs.replace(part, half_hour=told.number)
    part = recovery.after(part, told.rain_mm, None if compared is None else compared.excess, policy)
    dry = told.level_mm is not None and _dry(part, compared, policy)
    if compared is not None:
        still = _stood_still(part, told)
        cusum = blockage.cusum_after(part.cusum, 0.0 if still else compared.excess, not dry, policy)
        kept = (*part.compared, msgspec.structs.replace(compared, cusum=cusum, still=still))[-COMPARED_KEPT:]
        part = msgspec.structs.replace(part, cusum=cusum, compared=kept)
    if told.level_mm is not None and dry:
        medians_mm = profile.with_day(medians_mm, told.number, told.level_mm)
    part = nights.after(part, told.level_mm, dry, policy)
    return infiltration.after(part, told.level_mm if dry else None, policy), medians_mm


def _compared(medians_mm: bytes, told: HalfHour, depth_m: float, policy: SewerPolicy) -> Compared | None:
    usual = profile.usual(medians_mm, told.number, policy)
    if usual is None or told.level_mm is None:
        return None
    spread_mm = max(usual.spread_mm, policy.spread_min * depth_m * 1000, _FINEST_MM)
    return Compared(told.number, told.level_mm, usual.level_mm, spread_mm)


def _dry(part: DryPart, compared: Compared | None, policy: SewerPolicy) -> bool:
    """Whether rain has nothing to do with the level; while the usual one is not known, a fixed time has to pass."""
    if compared is not None:
        return not recovery.explains(part, policy)
    return part.rained is None or part.half_hour - part.rained > policy.dry_half_hours


def _stood_still(part: DryPart, told: HalfHour) -> bool:
    """Whether the level has not moved at all since it was in order: the usual one fell below it, and no water has risen.

    So it looks where a sensor is stuck, long before that is known. From the first move on an excess counts.
    """
    if not told.still or part.cusum > 0.0 or not part.compared:
        return False
    last = part.compared[-1]
    return last.half_hour == told.number - 1 and last.level_mm == told.level_mm
