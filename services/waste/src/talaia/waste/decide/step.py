"""The one door: how an event or a timer changes the parts of one catchment, and what follows from it."""

from collections.abc import Mapping
from datetime import datetime

from talaia.waste.decide.close import close_slot
from talaia.waste.decide.configure import configure
from talaia.waste.decide.presence import alive
from talaia.waste.decide.receive import receive
from talaia.waste.model.events import Configuration, Measurement, Refused, Wake
from talaia.waste.model.outcomes import Step
from talaia.waste.model.parts import CATCHMENT, CatchmentPart, Part
from talaia.waste.model.policy import Policy


def advance(parts: Mapping[str, Part], told: Measurement | Configuration | Wake, policy: Policy, now: datetime) -> Step:
    """What follows from one event or timer at `now` of the stream clock. Raises Refused, and then nothing has changed."""
    if isinstance(told, Configuration):
        return configure(parts, told, now, policy)
    catchment = parts.get(CATCHMENT)
    if not isinstance(catchment, CatchmentPart):
        raise Refused("unknown_site", "the catchment is not configured: apply its city first")
    if isinstance(told, Measurement):
        return receive(parts, catchment, told, now, policy)
    return _wake(parts, catchment, told, now, policy)


def _wake(parts: Mapping[str, Part], catchment: CatchmentPart, wake: Wake, now: datetime, policy: Policy) -> Step:
    sites = tuple(sorted(name for name in wake.parts if name != CATCHMENT))
    step = close_slot(parts, catchment, sites, now, policy) if sites else Step()
    if CATCHMENT not in wake.parts:
        return step
    standing = {**parts, **{name: part for name, part in step.changed.items() if part}} if step.changed else parts
    said = alive(standing, catchment, now, policy)
    return Step(
        changed={**step.changed, **said.changed}, outcomes=(*step.outcomes, *said.outcomes), wakes={**step.wakes, **said.wakes}
    )
