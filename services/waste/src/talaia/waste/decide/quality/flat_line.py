"""Flat line test: a sensor that has not changed beyond its resolution for hours is stuck.

A sensor whose own habit is to stand still where it is dry gets more time: it learns its own quiet.
"""

from datetime import datetime
from typing import NamedTuple

from talaia.contracts.vocabulary import Flag
from talaia.waste.decide.quality.verdict import Verdict
from talaia.waste.model.parts import Sensor
from talaia.waste.model.policy import QualityPolicy

_LEARNING = 0.1


class Stillness(NamedTuple):
    """Since when, and at which value, a sensor has not changed; how long it usually does not."""

    since: datetime
    value: float
    quiet_s: float


def stillness(sensor: Sensor, time: datetime, value: float, policy: QualityPolicy, *, anew: bool = False) -> Stillness:
    """After one more sample. What was called a flat line teaches nothing; anew: a silence came between."""
    if sensor.still_since is None or anew:
        return Stillness(time, value, sensor.quiet_s)
    if abs(value - sensor.still_value) <= policy.flat_resolution:
        return Stillness(sensor.still_since, sensor.still_value, sensor.quiet_s)
    lasted_s = ((sensor.last or time) - sensor.still_since).total_seconds()
    if lasted_s >= policy.flat_after.total_seconds():
        return Stillness(time, value, sensor.quiet_s)
    return Stillness(time, value, sensor.quiet_s + _LEARNING * (lasted_s - sensor.quiet_s))


def flat_line(still: Stillness, time: datetime, at_rest_m: float, policy: QualityPolicy) -> Verdict | None:
    """None while the sensor has moved lately enough. at_rest_m: a level under it is at rest."""
    quiet = still.quiet_s >= policy.quiet_sensor.total_seconds() and still.value < at_rest_m
    allowed = policy.flat_at_rest_after if quiet else policy.flat_after
    lasted = time - still.since
    if lasted < allowed:
        return None
    return Verdict(Flag.SUSPECT, "flat", f"has not changed for {lasted.total_seconds() / 60:.0f} minutes")
