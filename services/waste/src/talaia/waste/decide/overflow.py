"""When an overflow starts and when it is over, from the samples themselves (levels saturate at the crest)."""

from datetime import datetime
from itertools import islice

from talaia.contracts.vocabulary import Flag
from talaia.waste.model.parts import Sample
from talaia.waste.model.policy import SignalPolicy


def last_two(trail: tuple[Sample, ...], policy: SignalPolicy) -> tuple[Sample, Sample] | None:
    """The last two good samples, if they are running."""
    good = list(islice((sample for sample in reversed(trail) if sample.usable), 2))
    if len(good) < 2 or good[0].time - good[1].time > policy.running:
        return None
    return good[1], good[0]


def at_crest(newest: Sample, crest_m: float, policy: SignalPolicy) -> bool:
    """Whether the newest sample can be the second of two at the crest; one that cannot be used leaves the two before it."""
    return newest.value >= policy.start * crest_m or not newest.usable


def started_at(trail: tuple[Sample, ...], crest_m: float, policy: SignalPolicy) -> datetime | None:
    """The first of two good samples running at the crest; None when the last two are not.

    The second must not be a jump itself: neither one spike nor two in a row start anything.
    """
    pair = last_two(trail, policy)
    if pair is None or pair[1].flag is not Flag.GOOD or min(pair[0].value, pair[1].value) < policy.start * crest_m:
        return None
    return pair[0].time


def crossed_at(trail: tuple[Sample, ...], crest_m: float, policy: SignalPolicy) -> datetime:
    """When an overflow that runs began: between the last good sample under the crest and the first at it, so in the middle."""
    crossed: datetime | None = None
    for sample in reversed(trail):
        if sample.usable:
            if crossed is not None and sample.value < policy.start * crest_m:
                return sample.time + (crossed - sample.time) / 2
            crossed = sample.time
    return crossed or trail[-1].time


def over(trail: tuple[Sample, ...], crest_m: float, policy: SignalPolicy) -> bool:
    """Whether the last two good samples are under the crest."""
    pair = last_two(trail, policy)
    return pair is not None and max(pair[0].value, pair[1].value) < policy.end * crest_m
