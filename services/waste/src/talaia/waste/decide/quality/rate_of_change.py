"""Rate-of-change test: a sample that neither stays where the one before was nor goes on as the level went.

A storm rises too, so nothing is dropped for it: the sample waits for the next one, and the spike test judges it then.
"""

from typing import NamedTuple

from talaia.contracts.vocabulary import Flag
from talaia.waste.decide.quality.verdict import Verdict
from talaia.waste.model.policy import QualityPolicy


class Habit(NamedTuple):
    """How far a sensor's samples are usually off (noise), and how far each is from the one before (usual).

    flashy: it stands in a pipe, where a wave passes within minutes.
    """

    noise: float
    usual: float
    flashy: bool = False


_LEARNING = 0.02
_NOISE_FLOOR = 0.002


def threshold(noise: float, policy: QualityPolicy) -> float:
    """Height from which a change is a jump, in metres."""
    least_m, of_noise_m = policy.spike_min_m, policy.spike_noises * noise
    return of_noise_m if of_noise_m > least_m else least_m


def surprise(change: float, trend: float) -> float:
    """How far a sample is off both from no change and from the change that was to be expected."""
    from_none, from_trend = abs(change), abs(change - trend)
    return from_none if from_none < from_trend else from_trend


def rate_of_change(change: float, off: float, noise: float, policy: QualityPolicy) -> Verdict | None:
    """None when the sample continues the one before; else it waits for the next. off: the change's surprise."""
    if off <= policy.spike_min_m or off <= threshold(noise, policy):
        return None
    return Verdict(Flag.NOT_EVALUATED, "rate", f"changed by {change:+.3f} m at once: waits for the next sample")


def usual_after(usual: float, size: float) -> float:
    """A mean size after one more; a large one counts as thrice the usual."""
    most = 3 * usual + _NOISE_FLOOR
    return usual + _LEARNING * ((size if size < most else most) - usual)
