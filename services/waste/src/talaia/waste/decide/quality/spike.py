"""Spike test: a sample that sticks out from both neighbours on the same side.

A storm rises too, so nothing is dropped for rising: a jump waits for the next sample and is judged then.
"""

from talaia.contracts.vocabulary import Flag
from talaia.waste.decide.quality.verdict import GOOD, Verdict
from talaia.waste.model.policy import QualityPolicy

_LEARNING = 0.02
_NOISE_FLOOR = 0.002


def threshold(noise: float, policy: QualityPolicy) -> float:
    """Height from which a change is a jump, in metres."""
    return max(policy.spike_min_m, policy.spike_noises * noise)


def jump(before: float, value: float, noise: float, policy: QualityPolicy) -> Verdict | None:
    """None when the sample continues the one before; else it waits for the next."""
    if abs(value - before) <= threshold(noise, policy):
        return None
    return Verdict(Flag.NOT_EVALUATED, "spike", f"changed by {value - before:+.3f} m at once: waits for the next sample")


def judged(before: float, value: float, after: float, change: float, noise: float, policy: QualityPolicy) -> Verdict:
    """A jump, now that the sample after it is known. change: the level's own change up to the sample before.

    The peak of a storm wave sticks out too, but from a level that was moving.
    """
    out, back = value - before, value - after
    height = min(abs(out), abs(back))
    moving = max(abs(after - before), abs(change))
    if out * back > 0 and height > threshold(noise, policy) and height > policy.spike_changes * moving:
        return Verdict(Flag.SUSPECT, "spike", f"sticks out by {height:.3f} m from the samples before and after")
    return GOOD


def usual_noise(noise: float, change: float) -> float:
    """The sensor's own mean absolute change after one more change; a large one counts as thrice the usual."""
    return noise + _LEARNING * (min(abs(change), 3 * noise + _NOISE_FLOOR) - noise)
