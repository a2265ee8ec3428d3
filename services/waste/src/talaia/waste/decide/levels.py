"""The level of a site, from its last samples."""

from datetime import datetime

from talaia.contracts.vocabulary import Flag
from talaia.waste.model.parts import Sample
from talaia.waste.model.policy import ForecastPolicy

_MEDIAN_OF = 3
_GAP = 2
"""A gap is longer than so many of the interval before it."""
_GOOD, _USABLE = int(Flag.GOOD), int(Flag.NOT_EVALUATED)


def level_m(trail: tuple[Sample, ...], policy: ForecastPolicy) -> float | None:
    """Median of the last three good samples. Of fewer, only what is already judged: one sample is no level.

    While the newest waits to be judged, the one before it stands for both: a lone spike does not move the level. Not so
    after a gap: what stood before it may be long over.
    """
    if len(trail) >= _MEDIAN_OF:
        first, second, last = trail[-_MEDIAN_OF:]
        usable = first.flag <= _USABLE and second.flag <= _USABLE and last.flag <= _USABLE
        if usable and last.time - first.time <= policy.level_age:
            return _of_three(first, second, last, trail)
    return _of_what_is_good(trail, policy)


def waits(before: Sample, newest: Sample) -> bool:
    """Whether the newer of two usable samples running is a jump that the next one will judge."""
    return newest.flag == _USABLE and before.flag == _GOOD


def _of_three(first: Sample, second: Sample, last: Sample, trail: tuple[Sample, ...]) -> float:
    if waits(second, last) and not _after_gap(*trail[-_MEDIAN_OF:]):
        return second.value
    return sorted((first.value, second.value, last.value))[1]


def _after_gap(first: Sample, second: Sample, last: Sample) -> bool:
    """Whether nothing was heard, good or bad, for much longer than before."""
    return last.time - second.time > _GAP * (second.time - first.time)


def _of_what_is_good(trail: tuple[Sample, ...], policy: ForecastPolicy) -> float | None:
    recent: list[Sample] = []
    for sample in reversed(trail):
        if recent and recent[0].time - sample.time > policy.level_age:
            break
        if sample.flag <= _USABLE:
            recent.append(sample)
            if len(recent) == _MEDIAN_OF:
                break
    if len(recent) == _MEDIAN_OF:
        last, second, first = recent
        return _of_three(first, second, last, trail)
    good = sorted([sample.value for sample in recent if sample.flag == _GOOD])
    return good[len(good) // 2] if good else None


def level_at(trail: tuple[Sample, ...]) -> datetime | None:
    """When the last good sample was taken."""
    for sample in reversed(trail):
        if sample.flag <= _USABLE:
            return sample.time
    return None


def last_good_m(trail: tuple[Sample, ...], level_m: float) -> float:
    """The last good sample: a jump that waits to be judged is none. level_m: where there is no good one."""
    for sample in reversed(trail):
        if sample.flag == _GOOD:
            return sample.value
    return level_m
