"""What a waiting jump turns out to be when the next sample is there: true, a spike, or one of two in a row."""

from datetime import datetime

from talaia.contracts.vocabulary import Flag
from talaia.waste.decide.quality.rate_of_change import Habit, surprise, threshold
from talaia.waste.decide.quality.spike import asked, spike
from talaia.waste.decide.quality.verdict import GOOD, Verdict
from talaia.waste.model.events import Measurement
from talaia.waste.model.parts import Standing
from talaia.waste.model.policy import QualityPolicy

_CONTRADICTED = Verdict(Flag.SUSPECT, "spike", "sticks out from the sample before, and the next one does not bear it out")


def trend_until(stands: Standing, time: datetime) -> float:
    """The change to be expected from the sample that stands until a time."""
    return stands.slope * (time - stands.time).total_seconds()


def then(stands: Standing, time: datetime, value: float) -> Standing:
    """What stands once a newer sample does."""
    passed_s = (time - stands.time).total_seconds()
    return Standing(time, value, (value - stands.value) / passed_s if passed_s else 0.0)


def settled(
    pending: Measurement, stands: Standing, newest: Measurement, habit: Habit, policy: QualityPolicy
) -> tuple[Standing, Verdict]:
    """What stands once the newest sample is known, and the verdict on the one that waited.

    Two spikes in a row contradict each other: neither stands, and the newest waits against what stood before them.
    """
    limit = threshold(habit.noise, policy)
    out, over = pending.value - stands.value, newest.value - stands.value
    trend, trend_over = trend_until(stands, pending.time), trend_until(stands, newest.time)
    verdict = spike(out, over, trend, trend_over, habit, policy)
    if verdict is not GOOD:
        return stands, verdict
    height = min(abs(out), abs(out - over)) if out * (out - over) > 0 else 0.0
    wave = habit.flashy and out * over > 0
    if not wave and surprise(over, trend_over) > limit and height > max(limit, asked(abs(trend), habit, policy)):
        return stands, _CONTRADICTED
    return then(stands, pending.time, pending.value), GOOD
