"""State of a site's dry weather: its usual level by time of day, and how far it is from it. Half hour n ends n after 1970."""

import msgspec

from talaia.waste.model.conditions import Condition

HALF_HOURS = 48
DAY_CLASSES = 2
DAYS_KEPT = 20
UNKNOWN_MM = 0xFFFF
NOTHING = UNKNOWN_MM.to_bytes(2, "little") * (DAY_CLASSES * HALF_HOURS * DAYS_KEPT)
COMPARED_KEPT = 12
NIGHTS_KEPT = 60


def dry_part(site: str) -> str:
    """Name of the part of a site's dry weather."""
    return f"dry/{site}"


def profile_part(site: str) -> str:
    """Name of the part of what its level usually is."""
    return f"profile/{site}"


def nights_part(site: str) -> str:
    """Name of the part of its last days."""
    return f"nights/{site}"


class ProfilePart(msgspec.Struct, frozen=True, kw_only=True, tag="profile"):
    """Dry-weather levels of one site by time of day.

    medians_mm: little-endian uint16, by weekday and weekend, half hour of the day, and day kept, the newest last;
    UNKNOWN_MM where there is none.
    """

    medians_mm: bytes = NOTHING


class Compared(msgspec.Struct, frozen=True, array_like=True):
    """A half hour's level, beside what it usually is and the usual spread around that, millimetres.

    cusum: sum of the excess after it. still: the level has not moved since it was in order, so that its excess is none.
    """

    half_hour: int
    level_mm: int
    usual_mm: float
    spread_mm: float
    cusum: float = 0.0
    still: bool = False

    @property
    def excess(self) -> float:
        """By how many spreads it is too high."""
        return (self.level_mm - self.usual_mm) / self.spread_mm


class Night(msgspec.Struct, frozen=True, array_like=True):
    """The lowest half hour of the day that ends so many days after 1970, millimetres. dry: no rain explains it."""

    day: int
    low_mm: int
    dry: bool


class NightsPart(msgspec.Struct, frozen=True, kw_only=True, tag="nights"):
    """The last days of a site, the newest last."""

    nights: tuple[Night, ...] = ()


class DryPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="dry"):
    """How one site stands in dry weather. All levels are millimetres over zero_m.

    open: levels by half hour not yet closed, up to the slot `gathered`, and late ones. half_hour: the last closed. rained:
    the last with rain from which the site is not back yet. recoveries: how many half hours it took after each of the last
    rains. compared: the last half hours whose usual level was known. cusum: sum of their excess. lowest_mm, dry: lowest of
    the dry half hours of this day, and how many. nights_mm: the lowest of each dry day of this week; weeks_mm: the median
    of those, by week. day_mm, seen: lowest of all half hours of this day, and how many; night: the last day, if it is known.
    """

    zero_m: float
    open: dict[int, tuple[int, ...]] = {}
    gathered: int = 0
    half_hour: int = 0
    rained: int | None = None
    recoveries: tuple[int, ...] = ()
    compared: tuple[Compared, ...] = ()
    cusum: float = 0.0
    lowest_mm: int = UNKNOWN_MM
    dry: int = 0
    nights_mm: tuple[int, ...] = ()
    weeks_mm: tuple[int, ...] = ()
    day_mm: int = UNKNOWN_MM
    seen: int = 0
    night: Night | None = None
    conditions: dict[str, Condition] = {}
