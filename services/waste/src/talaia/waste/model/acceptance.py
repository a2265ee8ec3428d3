"""What every door and the step refuse alike, so that a door can answer what the step would only reject."""

import math
from datetime import datetime
from typing import NamedTuple

from talaia.waste.model.policy import Policy


class Refusal(NamedTuple):
    """Why something is not accepted: a stable word, and a sentence that says what to do."""

    reason: str
    detail: str


def refusal(time: datetime, recorded_at: datetime, value: float, names: str, thing: str, policy: Policy) -> Refusal | None:
    """None when a measurement may be taken in. names: source, id and sensor in one; thing: site and sensor, or a gauge."""
    if time > recorded_at + policy.future_limit:
        ahead = f"more than {policy.future_limit.total_seconds():.0f} s after it was recorded"
        return Refusal("from_the_future", f"its time lies {ahead}: check the sensor's clock and time zone")
    if time < recorded_at - policy.age_limit:
        return Refusal("too_old", f"its time lies more than {policy.age_limit.days} days before it was recorded")
    if not math.isfinite(value):
        return Refusal("not_finite", "the value is not a finite number")
    if (len(names) if names.isascii() else len(names.encode())) > policy.names_bytes:
        return Refusal("names_too_long", f"source, id and sensor together have more than {policy.names_bytes} bytes")
    if len(thing) > policy.thing_characters:
        return Refusal("names_too_long", f"site and sensor together have more than {policy.thing_characters} characters")
    return None
