"""Gap test: after a silence the first sample has no neighbour, so it waits for the next one like a jump."""

from datetime import timedelta

from talaia.contracts.vocabulary import Flag, Unit
from talaia.waste.decide.quality.verdict import Verdict
from talaia.waste.model.parts import Sensor
from talaia.waste.model.policy import QualityPolicy

_LEARNING = 0.1
_FORGETTING = 0.01
_STATE_TOLD_S = 3600.0
"""A state that does not change is told once an hour at the least."""


def gap(passed: timedelta) -> Verdict:
    """On a sample that follows the one before too late for comparison, so long after it."""
    return Verdict(Flag.NOT_EVALUATED, "gap", f"first sample after {passed.total_seconds() / 60:.0f} minutes of silence")


def longest_silence(interval_s: float, policy: QualityPolicy) -> timedelta:
    """What is longer is a gap."""
    longest_s = policy.gap_intervals * interval_s
    return policy.gap_min if longest_s <= policy.gap_min.total_seconds() else timedelta(0, longest_s)


def usual_interval_s(sensor: Sensor, passed_s: float) -> float:
    """A level sensor's own interval after one more; one long silence hardly moves it."""
    if sensor.last is None:
        return sensor.interval_s
    own_s = sensor.interval_s
    if own_s == 0:
        return passed_s
    return own_s + _LEARNING * ((passed_s if passed_s < 2 * own_s else 2 * own_s) - own_s)


def longest_interval_s(sensor: Sensor, passed_s: float, unit: Unit) -> float:
    """The longest of a sensor's lately, after one more.

    Rain and states are told by many only when there is something to tell, so the usual interval says little.
    """
    if sensor.last is None:
        return sensor.interval_s
    longest_s = max(passed_s, sensor.interval_s - _FORGETTING * (sensor.interval_s - passed_s))
    return max(longest_s, _STATE_TOLD_S) if unit is Unit.STATE else longest_s
