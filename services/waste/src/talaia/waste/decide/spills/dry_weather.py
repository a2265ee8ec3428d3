"""Whether a spill was a dry-weather spill: next to no rain in the site's gauge on the local day of its start and in the
24 hours before it.

Until that day is over, rain may still fall: a dry one is provisional. Once there was rain it was never dry. A gauge that
was not heard for an hour of that time leaves it unknown.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

import numpy as np

from talaia.waste.decide.slots import SLOT, SLOT_WAIT, slot_of
from talaia.waste.model.spills import RainDay

KEPT = timedelta(hours=51)
"""As far back as may be asked for: a spill at the beginning of a day of 25 hours, judged an hour after its end."""
_SLOTS = KEPT // SLOT
_HOUR = timedelta(hours=1)
_HOURS = KEPT // _HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_UM = 65_535


class Weather(NamedTuple):
    """dry: None while, or because, it is not known. provisional: rain may still fall."""

    dry: bool | None
    provisional: bool


def is_told(day: RainDay, time_s: float, rain_mm: float) -> bool:
    """Whether a reading is one more of no rain in the newest hour, which says nothing new."""
    return rain_mm <= 0 and bool(day.hours) and day.hours[-1] == time_s // 3_600


def rained(day: RainDay, time: datetime, rain_mm: float) -> RainDay:
    """The rain of a gauge with one more reading, in whatever order; the same one when it says nothing new."""
    hour = (time - _EPOCH) // _HOUR
    rain_um, last, hours = day.rain_um, day.slot, day.hours
    if hour not in hours:
        in_order = (*hours, hour) if not hours or hour > hours[-1] else tuple(sorted((*hours, hour)))
        hours = in_order[bisect_right(in_order, in_order[-1] - _HOURS) :]
    if rain_mm > 0:
        rain_um, last = _with(day, slot_of(time), round(rain_mm * 1_000))
    return (
        day if (rain_um, hours) == (day.rain_um, day.hours) else RainDay(gauge=day.gauge, slot=last, rain_um=rain_um, hours=hours)
    )


def _with(day: RainDay, slot: int, rain_um: int) -> tuple[bytes, int]:
    known = np.frombuffer(day.rain_um, "<u2")
    last = max(day.slot, slot) if len(known) else slot
    rain = np.zeros(_SLOTS, "<u2")
    moved = last - day.slot
    if len(known) and moved < _SLOTS:
        rain[: _SLOTS - moved] = known[moved:]
    place = slot - last + _SLOTS - 1
    if place >= 0:
        rain[place] = min(int(rain[place]) + rain_um, _MOST_UM)
    return rain.tobytes(), last


def fallen_mm(day: RainDay, after: datetime, until: datetime) -> float:
    """Rain of the slots that end after one moment and not after another."""
    if not day.rain_um:
        return 0.0
    first = day.slot - _SLOTS + 1
    low, high = max((after - _EPOCH) // SLOT + 1 - first, 0), (until - _EPOCH) // SLOT + 1 - first
    return int(np.frombuffer(day.rain_um, "<u2")[low : max(high, low)].sum(dtype=np.int64)) / 1_000


def weather(day: RainDay | None, start: datetime, now: datetime, zone: tzinfo, dry_mm: float) -> Weather:
    """Of a spill that started then, as far as it is known now."""
    morning, midnight = local_day(start, zone)
    before = start - timedelta(days=1)
    if day is not None and max(fallen_mm(day, morning, midnight), fallen_mm(day, before, start)) > dry_mm:
        return Weather(dry=False, provisional=False)
    told = day is not None and heard(day, min(before, morning), min(midnight, now - _HOUR))
    return Weather(dry=True if told else None, provisional=now < settled_at(start, zone))


def settled_at(start: datetime, zone: tzinfo) -> datetime:
    """When the local day of a spill's start is over, and its last reading is in."""
    return local_day(start, zone)[1] + SLOT_WAIT


def local_day(time: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """First moments of the local day that holds a moment, and of the next one."""
    date = time.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    begins, ends = (each.replace(tzinfo=zone).astimezone(UTC) for each in (date, date + timedelta(days=1)))
    return begins, ends


def heard(day: RainDay, after: datetime, until: datetime) -> bool:
    """Whether a gauge told something in every full hour between."""
    first = -((_EPOCH - after) // _HOUR)
    return all(hour in day.hours for hour in range(first, (until - _EPOCH) // _HOUR))
