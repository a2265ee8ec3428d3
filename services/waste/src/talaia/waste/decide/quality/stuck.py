"""Stuck-at-limit test: a sensor that stands still at an end of its range tells only that the value is there or beyond."""

from datetime import datetime

from talaia.contracts.vocabulary import Flag
from talaia.waste.decide.quality.known import Known
from talaia.waste.decide.quality.verdict import Verdict
from talaia.waste.model.parts import Stillness
from talaia.waste.model.policy import QualityPolicy


def stuck_at_limit(still: Stillness, time: datetime, known: Known, policy: QualityPolicy) -> Verdict | None:
    """None while the sensor moves, or where no end of its range is configured."""
    if known.upper is None and known.lower is None:
        return None
    near = policy.flat_resolution
    if known.upper is not None and still.value >= known.upper - near:
        limit, beyond = known.upper, "higher"
    elif known.lower is not None and still.value <= known.lower + near:
        limit, beyond = known.lower, "lower"
    else:
        return None
    lasted = time - still.since
    if lasted < policy.stuck_after:
        return None
    minutes = lasted.total_seconds() / 60
    return Verdict(Flag.SUSPECT, "stuck", f"has stood at its limit of {limit:g} for {minutes:.0f} minutes: it may be {beyond}")
