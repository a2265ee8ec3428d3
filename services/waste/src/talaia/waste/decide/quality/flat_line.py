"""Flat line test: a sensor that has not changed beyond its resolution for hours is stuck.

A sensor whose own habit is to stand still, of coarse resolution or where it is dry, gets more time: it is
stuck when so long a standstill cannot be chance even of it.
"""

import math
from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import Flag
from talaia.waste.decide.quality.verdict import Verdict
from talaia.waste.model.parts import Sensor
from talaia.waste.model.policy import QualityPolicy

_LEARNING = 0.02
_LIVELIEST, _QUIETEST = 0.1, 0.995


class Stillness(msgspec.Struct, frozen=True):
    """Since when, at which value, and for how many samples a sensor has not changed; how often it usually does not.

    samples: of the first hours alone, so that one long standstill teaches no more than any. quiet: share of samples
    equal to the one before, learnt when a standstill is over.
    """

    since: datetime
    value: float
    samples: int
    quiet: float


def stillness(sensor: Sensor, time: datetime, value: float, policy: QualityPolicy, *, anew: bool = False) -> Stillness:
    """After one more sample. anew: a silence came between."""
    since = sensor.still_since
    if since is None or anew:
        return Stillness(time, value, 0, sensor.quiet)
    if abs(value - sensor.still_value) <= policy.flat_resolution:
        first = time - since <= policy.flat_after
        return Stillness(since, sensor.still_value, sensor.still_samples + first, sensor.quiet)
    moved = (1 - sensor.quiet) * (1 - _LEARNING) ** sensor.still_samples
    return Stillness(time, value, 0, (1 - _LEARNING) * (1 - moved))


def flat_line(still: Stillness, time: datetime, interval_s: float, policy: QualityPolicy) -> Verdict | None:
    """None while the sensor has moved lately enough."""
    lasted = time - still.since
    if lasted < policy.flat_after or lasted.total_seconds() < interval_s * _too_many(still.quiet, policy):
        return None
    return Verdict(Flag.SUSPECT, "flat", f"has not changed for {lasted.total_seconds() / 60:.0f} minutes")


def _too_many(quiet: float, policy: QualityPolicy) -> float:
    """So many samples without a change in a row cannot be chance."""
    return math.log(policy.flat_chance) / math.log(min(max(quiet, _LIVELIEST), _QUIETEST))
