"""The last levels of a site in order of time, so that late and out-of-order ones take their place."""

import struct
from bisect import bisect_right
from datetime import timedelta
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import msgspec

from talaia.waste.decide.spills.start_end import Rule, went_on
from talaia.waste.decide.standing import any_open
from talaia.waste.model.spills import Course, SpillPart

LATE = timedelta(minutes=65)
"""So late a sample still takes its place: an hour, and what it may take besides to arrive."""
_LATE_S = LATE.total_seconds()
_SPARE_S = 1_800.0
"""So much longer samples are kept, that not each new one lets one go."""
_MOST_SAMPLES, _LEFT = 160, 128
"""Of a sensor that tells more often than every half minute fewer minutes are kept: at so many samples only so many are left."""
_PAIR = struct.Struct("<2d")


def taken(part: SpillPart, time_s: float, level_m: float, now_s: float, rule: Rule) -> SpillPart:
    """The record with one more sample; the same one when it is known already or comes too late to be placed."""
    if time_s <= max(part.before.time_s, now_s - _LATE_S):
        return part
    if time_s > part.course.time_s:
        course = went_on(part.course, time_s, level_m, rule)
        return msgspec.structs.replace(part, samples=part.samples + _PAIR.pack(time_s, level_m), course=course)
    samples = list(_PAIR.iter_unpack(part.samples))
    if any(time_s == each for each, _ in samples):
        return part
    samples = sorted([*samples, (time_s, level_m)])
    packed = struct.pack(f"<{2 * len(samples)}d", *chain.from_iterable(samples))
    return msgspec.structs.replace(part, samples=packed, course=_along(part.before, samples, rule))


def placed(part: SpillPart, time_s: float, level_m: float, now_s: float) -> SpillPart | None:
    """The record with one more sample under the crest where nothing but that follows, as mostly; None: more may follow."""
    course, samples = part.course, part.samples
    busy = course.open is not None or course.over or part.entries
    if busy or (part.conditions and any_open(part.conditions)):
        return None
    if time_s <= course.time_s or time_s <= now_s - _LATE_S or _lets_go(samples, now_s):
        return None
    after = Course(time_s, level_m, course.time_s, course.level_m)
    return msgspec.structs.replace(part, samples=samples + _PAIR.pack(time_s, level_m), course=after)


def _lets_go(samples: bytes, now_s: float) -> bool:
    """Whether the oldest samples need not be kept any more."""
    if len(samples) >= _MOST_SAMPLES * _PAIR.size:
        return True
    return bool(samples) and _PAIR.unpack_from(samples)[0] <= now_s - _LATE_S - _SPARE_S


def anew(part: SpillPart, rule: Rule) -> SpillPart:
    """The record with its course worked out by another rule, as far as its samples reach; the water before is not known."""
    before = part.before
    if before.open is not None:
        before = msgspec.structs.replace(before, open=msgspec.structs.replace(before.open, water=None))
    return msgspec.structs.replace(part, before=before, course=_along(before, list(_PAIR.iter_unpack(part.samples)), rule))


def sample_times_s(part: SpillPart) -> list[float]:
    """When the samples were taken that are kept."""
    return [time_s for time_s, _ in _PAIR.iter_unpack(part.samples)]


class Forgotten(NamedTuple):
    """The record without its oldest samples. fixed: how many of its spills no longer change; times_s: of those samples."""

    part: SpillPart
    fixed: int = 0
    times_s: tuple[float, ...] = ()


def forgotten(part: SpillPart, now_s: float, rule: Rule) -> Forgotten:
    """Without the samples before which nothing can come any more."""
    if not _lets_go(part.samples, now_s):
        return Forgotten(part)
    count, oldest_s = len(part.samples) // _PAIR.size, now_s - _LATE_S
    if count >= _MOST_SAMPLES:
        oldest_s = max(oldest_s, _PAIR.unpack_from(part.samples, (count - _LEFT - 1) * _PAIR.size)[0])
    samples = list(_PAIR.iter_unpack(part.samples))
    past = samples[: bisect_right(samples, oldest_s, key=itemgetter(0))]
    before = _along(part.before, past, rule)
    fixed = len(before.over)
    after = msgspec.structs.replace(
        part,
        samples=part.samples[len(past) * _PAIR.size :],
        before=msgspec.structs.replace(before, over=()),
        course=msgspec.structs.replace(part.course, over=part.course.over[fixed:]),
    )
    return Forgotten(after, fixed, tuple(time_s for time_s, _ in past))


def _along(course: Course, samples: list[tuple[float, float]], rule: Rule) -> Course:
    """The course after samples in order of time; of those under the crest, while nothing spills, only the last two matter."""
    if course.open is None and samples and max(level_m for _, level_m in samples) < rule.start_m:
        before_s, before_m = samples[-2] if len(samples) > 1 else (course.time_s, course.level_m)
        return Course(*samples[-1], before_s, before_m, over=course.over)
    for time_s, level_m in samples:
        course = went_on(course, time_s, level_m, rule)
    return course
