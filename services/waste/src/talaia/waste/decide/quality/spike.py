"""Spike test: a sample that sticks out from both neighbours on the same side."""

from talaia.contracts.vocabulary import Flag
from talaia.waste.decide.quality.rate_of_change import Habit, surprise, threshold
from talaia.waste.decide.quality.verdict import GOOD, Verdict
from talaia.waste.model.policy import QualityPolicy


def spike(out: float, over: float, trend: float, trend_over: float, habit: Habit, policy: QualityPolicy) -> Verdict:
    """A jump, now that the sample after it is known.

    out: from the sample before to this one; over: from the sample before to the one after; trend, trend_over: changes to
    be expected in these two times. The peak of a storm wave sticks out too, but of water that was moving or does not
    come back to where it was to be expected.
    """
    back = out - over
    height = min(abs(out), abs(back))
    moving = max(surprise(over, trend_over), abs(trend))
    if out * back > 0 and height > max(threshold(habit.noise, policy), asked(moving, habit, policy)):
        return Verdict(Flag.SUSPECT, "spike", f"sticks out by {height:.3f} m from the samples before and after")
    return GOOD


def asked(moving: float, habit: Habit, policy: QualityPolicy) -> float:
    """Height that a spike has at least where the water moves so much from sample to sample.

    A wave can pass a pipe within two samples, and then it moves as this sensor seldom sees it.
    """
    storm = habit.flashy and moving > policy.storm_usual * habit.usual
    return moving * (policy.storm_changes if storm else policy.spike_changes)
