"""Rain gauges that count on and on: what fell is the difference of two counts.

The last count stands in the gauge's part, so a restart loses nothing, and a count that never came is in the next one. A count
that comes late changes nothing: what it would tell is in the one after it.
"""

from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import UNIT_OF, Quantity
from talaia.waste.decide.quality.judge import alone
from talaia.waste.decide.quality.known import of_gauge
from talaia.waste.model.events import Measurement
from talaia.waste.model.parts import Count, GaugePart
from talaia.waste.model.policy import Policy


def overtaken(part: GaugePart, time: datetime) -> bool:
    """Whether a count of this time is told by one that came before it."""
    return part.count is not None and time <= part.count.time


def counted(part: GaugePart, measured: Measurement, policy: Policy) -> tuple[GaugePart, Measurement]:
    """The gauge with a new count, and what fell since the last as rainfall of this moment.

    The count itself stays where nobody knows in which slot its rain fell: it is the first, or the first after a silence.
    One that is less than the last began anew from zero. One from which more fell than can is not believed, and forgotten.
    """
    if measured.quantity is not Quantity.RAINFALL_TOTAL or _unbelievable(measured, policy):
        return part, measured
    before, after = part.count, Count(measured.time, measured.value)
    counting = msgspec.structs.replace(part, count=after)
    if before is None or after.time - before.time > policy.counter_silent:
        return counting, measured
    fallen_mm = after.total_mm - before.total_mm
    if fallen_mm < -policy.counter_rounding_mm:
        fallen_mm = after.total_mm
    rain = Quantity.RAINFALL
    fallen = msgspec.structs.replace(measured, quantity=rain, unit=UNIT_OF[rain], value=max(fallen_mm, 0.0))
    return part if _unbelievable(fallen, policy) else counting, fallen


def _unbelievable(measured: Measurement, policy: Policy) -> bool:
    return alone(measured, of_gauge(measured.quantity, measured.site, (), policy.quality)) is not None
