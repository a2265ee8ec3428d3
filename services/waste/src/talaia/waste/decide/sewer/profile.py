"""The usual level of a site in dry weather by half hour of the day, of weekdays and of weekends, by UTC.

Half hour n ends n half hours after 1970.
"""

from statistics import median
from struct import Struct
from typing import NamedTuple

from talaia.waste.model.dry import DAYS_KEPT, HALF_HOURS, UNKNOWN_MM
from talaia.waste.model.site_policy import SewerPolicy

_BIN_BYTES = 2 * DAYS_KEPT
_DAYS = Struct(f"<{DAYS_KEPT}H")
_FIRST_WEEKDAY = 3
_SATURDAY = 5
_MAD_TO_SD = 1.4826


class Usual(NamedTuple):
    """What a level usually is, and the spread around it, millimetres."""

    level_mm: float
    spread_mm: float


def usual(medians_mm: bytes, half_hour: int, policy: SewerPolicy) -> Usual | None:
    """The usual level at this time of day; None until enough days of its class are known.

    It is the higher one of weekdays and weekends, as a holiday is a Sunday on a weekday. The spread is the median
    absolute deviation, scaled to the standard deviation of normal noise.
    """
    day_class = weekend(half_hour)
    days = _days(medians_mm, day_class, half_hour)
    if len(days) < policy.known_days:
        return None
    middle = median(days)
    spread = _MAD_TO_SD * median([abs(day - middle) for day in days])
    others = _days(medians_mm, 1 - day_class, half_hour)
    return Usual(max(middle, median(others)) if len(others) >= policy.known_days else middle, spread)


def with_day(medians_mm: bytes, half_hour: int, level_mm: int) -> bytes:
    """With the median of one more dry half hour; the oldest of its time of day is forgotten."""
    start = _start(weekend(half_hour), half_hour)
    end = start + _BIN_BYTES
    return medians_mm[:start] + medians_mm[start + 2 : end] + level_mm.to_bytes(2, "little") + medians_mm[end:]


def weekend(half_hour: int) -> int:
    """1 on Saturday and Sunday, 0 otherwise."""
    return int(((half_hour - 1) // HALF_HOURS + _FIRST_WEEKDAY) % 7 >= _SATURDAY)


def _start(day_class: int, half_hour: int) -> int:
    return (day_class * HALF_HOURS + (half_hour - 1) % HALF_HOURS) * _BIN_BYTES


def _days(medians_mm: bytes, day_class: int, half_hour: int) -> list[int]:
    kept = _DAYS.unpack_from(medians_mm, _start(day_class, half_hour))
    return [mm for mm in kept if mm != UNKNOWN_MM]
