"""Gap test: after a silence the first sample has no neighbour, so it waits for the next one like a jump."""

from datetime import datetime

from talaia.contracts.vocabulary import Flag
from talaia.waste.decide.quality.verdict import Verdict
from talaia.waste.model.parts import Sensor
from talaia.waste.model.policy import QualityPolicy

_LEARNING = 0.1


def gap(sensor: Sensor, time: datetime, policy: QualityPolicy) -> Verdict | None:
    """None when the sample follows the one before closely enough for comparison."""
    if sensor.last is None:
        return None
    silent_s = (time - sensor.last).total_seconds()
    if silent_s <= longest_silence_s(sensor, policy):
        return None
    return Verdict(Flag.NOT_EVALUATED, "gap", f"first sample after {silent_s / 60:.0f} minutes of silence")


def longest_silence_s(sensor: Sensor, policy: QualityPolicy) -> float:
    """What is longer is a gap."""
    return max(policy.gap_intervals * sensor.interval_s, policy.gap_min.total_seconds())


def usual_interval_s(sensor: Sensor, time: datetime) -> float:
    """The sensor's own interval after this sample; one long silence hardly moves it."""
    if sensor.last is None:
        return sensor.interval_s
    passed = (time - sensor.last).total_seconds()
    if sensor.interval_s == 0:
        return passed
    return sensor.interval_s + _LEARNING * (min(passed, 2 * sensor.interval_s) - sensor.interval_s)
