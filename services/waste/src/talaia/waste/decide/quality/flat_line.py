"""Flat line test: a sensor that has not changed beyond its resolution for hours is stuck.

A sensor whose own habit is to stand still, of coarse resolution or where it is dry, gets more time: it is
stuck when so long a standstill cannot be chance even of it.
"""

import math
from datetime import datetime

from talaia.contracts.vocabulary import Flag
from talaia.waste.decide.quality.verdict import Verdict
from talaia.waste.model.parts import Sensor, Stillness
from talaia.waste.model.policy import QualityPolicy

_LEARNING = 0.02
_LIVELIEST, _QUIETEST = 0.1, 0.995


def stillness(sensor: Sensor, time: datetime, value: float, policy: QualityPolicy, *, anew: bool = False) -> Stillness:
    """After one more sample. anew: a silence came between."""
    still = sensor.still
    if still is None:
        return Stillness(time, value)
    if anew:
        return Stillness(time, value, 0, still.quiet)
    if abs(value - still.value) <= policy.flat_resolution:
        if time - still.since > policy.flat_after:
            return still
        return Stillness(still.since, still.value, still.samples + 1, still.quiet)
    moved = (1 - still.quiet) * (1 - _LEARNING) ** still.samples
    return Stillness(time, value, 0, (1 - _LEARNING) * (1 - moved))


def flat_line(still: Stillness, time: datetime, interval_s: float, policy: QualityPolicy) -> Verdict | None:
    """None while the sensor has moved lately enough."""
    lasted = time - still.since
    if lasted.total_seconds() < longest_standstill_s(still.quiet, interval_s, policy):
        return None
    return Verdict(Flag.SUSPECT, "flat", f"has not changed for {lasted.total_seconds() / 60:.0f} minutes")


def longest_standstill_s(quiet: float, interval_s: float, policy: QualityPolicy) -> float:
    """For so long a sensor may stand still. quiet: share of its samples that usually do not move."""
    return max(policy.flat_after.total_seconds(), interval_s * _too_many(quiet, policy))


def _too_many(quiet: float, policy: QualityPolicy) -> float:
    """So many samples without a change in a row cannot be chance."""
    return math.log(policy.flat_chance) / math.log(min(max(quiet, _LIVELIEST), _QUIETEST))
