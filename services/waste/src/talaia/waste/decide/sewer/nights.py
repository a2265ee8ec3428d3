"""The lowest level of each day, and whether the day was dry nearly throughout: kept for weeks, to see it move."""

from collections.abc import Mapping

import msgspec

from talaia.waste.model.dry import HALF_HOURS, NIGHTS_KEPT, UNKNOWN_MM, DryPart, Night, NightsPart, nights_part
from talaia.waste.model.parts import Part
from talaia.waste.model.site_policy import SewerPolicy


def after(part: DryPart, level_mm: int | None, dry: bool, policy: SewerPolicy) -> DryPart:
    """After the half hour `part.half_hour`; level_mm: None if it is not known, dry: whether rain has nothing to do with it."""
    if level_mm is not None:
        part = msgspec.structs.replace(part, day_mm=min(part.day_mm, level_mm), seen=part.seen + 1)
    if part.half_hour % HALF_HOURS:
        return part
    enough, night = policy.dry_day_half_hours, None
    if part.seen >= enough:
        night = Night(part.half_hour // HALF_HOURS, part.day_mm, part.dry + dry >= enough)
    return msgspec.structs.replace(part, day_mm=UNKNOWN_MM, seen=0, night=night)


def kept(part: DryPart, parts: Mapping[str, Part], site: str) -> dict[str, Part]:
    """The nights of a site with the one that is over now; nothing if that is not known."""
    if part.night is None:
        return {}
    name = nights_part(site)
    before = parts.get(name)
    nights = before.nights if isinstance(before, NightsPart) else ()
    return {name: NightsPart(nights=(*nights, part.night)[-NIGHTS_KEPT:])}
