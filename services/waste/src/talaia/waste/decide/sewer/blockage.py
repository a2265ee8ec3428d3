"""A sewer that stands higher than it should in dry weather, for longer than a coincidence: something is in the way.

A one-sided cumulative sum (Page 1954) of the excess over the usual level, in spreads, less the slack. What one half hour
adds is limited, so that no single storm, spike or flat line is enough. It is at its limit from the alarm on, so that
the alarm is over after a fixed time in order, whatever was before.
"""

from talaia.waste.model.site_policy import SewerPolicy


def cusum_after(cusum: float, excess: float, rain_explains: bool, policy: SewerPolicy) -> float:
    """The sum after one more half hour. excess: in spreads."""
    if rain_explains:
        return cusum * policy.fade_in_rain
    return min(max(cusum + min(excess, policy.excess_most) - policy.slack, 0.0), policy.limit)


def stands(was_open: bool, cusum: float, rain_explains: bool, policy: SewerPolicy) -> bool:
    """Whether a blockage is suspected: from the limit on, until the sum is used up. None begins while rain explains it."""
    return cusum > 0.0 if was_open else cusum >= policy.limit and not rain_explains
