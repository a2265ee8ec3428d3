"""The one door: how an event or a timer changes the parts of one catchment, and what follows from it."""

from collections.abc import Mapping
from datetime import datetime

from talaia.waste.decide import nowcast
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.close import close_slot
from talaia.waste.decide.configure import configure
from talaia.waste.decide.presence import alive
from talaia.waste.decide.receive import receive
from talaia.waste.decide.rulebook import ON_ROUND, ON_WAKE
from talaia.waste.decide.rules import Round, Sequel, Woken
from talaia.waste.decide.standing import listed
from talaia.waste.model.events import Configuration, Measurement, Nowcast, Refused, Wake
from talaia.waste.model.outcomes import NOTHING, Reading, Step
from talaia.waste.model.parts import (
    CATCHMENT,
    CatchmentPart,
    GaugePart,
    Keeper,
    Part,
    SensorPart,
    SitePart,
    gauge_part,
    site_part,
)
from talaia.waste.model.policy import Policy

_SITES = site_part("")
_KEEPERS = (GaugePart, SitePart, SensorPart)
_KEEPING = (gauge_part(""), _SITES, "sensor/")


def advance(parts: Mapping[str, Part], told: Measurement | Nowcast | Configuration | Wake, policy: Policy, now: datetime) -> Step:
    """What follows from one event or timer at `now` of the stream clock. Raises Refused, and then nothing has changed."""
    step = _advanced(parts, told, policy, now)
    if len(step.outcomes) == 1 and type(step.outcomes[0]) is Reading:
        return step
    return listed(parts, step)


def _advanced(
    parts: Mapping[str, Part], told: Measurement | Nowcast | Configuration | Wake, policy: Policy, now: datetime
) -> Step:
    catchment = parts.get(CATCHMENT)
    if isinstance(told, Configuration):
        return configure(parts, told, now, policy)
    if not isinstance(catchment, CatchmentPart):
        raise Refused("unknown_site", "the catchment is not configured: apply its city first")
    if isinstance(told, Measurement):
        return receive(parts, catchment, told, now, policy)
    if isinstance(told, Nowcast):
        return nowcast.take_in(parts, catchment, told, policy)
    return _wake(parts, catchment, told, now, policy)


def _wake(parts: Mapping[str, Part], catchment: CatchmentPart, wake: Wake, now: datetime, policy: Policy) -> Step:
    """Sites close their slot together; then the other parts, each by its kind; the catchment's word comes last."""
    sites = tuple(sorted([name for name in wake.parts if name.startswith(_SITES)]))
    step = close_slot(parts, catchment, sites, now, policy) if sites else NOTHING
    others = sorted([name for name in wake.parts if name != CATCHMENT and not name.startswith(_SITES)])
    if others:
        sequel = Sequel.after(parts, step)
        for name in others:
            at = Circumstances(now, f"{name}@{now.isoformat()}", catchment.area, catchment.hash, policy)
            sequel.add(ON_WAKE[name.partition("/")[0]](Woken(sequel, catchment, name, at)))
        step = sequel.step()
    return _minute(parts, catchment, step, now, policy) if CATCHMENT in wake.parts else step


def _minute(parts: Mapping[str, Part], catchment: CatchmentPart, step: Step, now: datetime, policy: Policy) -> Step:
    """The catchment looks round now and then, and says each minute that it is there and what stands by then."""
    at = Circumstances(now, f"{CATCHMENT}@{now.isoformat()}", catchment.area, catchment.hash, policy)
    if now.minute % policy.look_round_every_min == 0:
        sequel, keepers = Sequel.after(parts, step), _keepers(parts)
        for rule in ON_ROUND:
            sequel.add(rule(Round(sequel, catchment, keepers, at)))
        step = sequel.step()
    sequel = Sequel.after(parts, listed(parts, step))
    sequel.add(alive(Woken(sequel, catchment, CATCHMENT, at)))
    return sequel.step()


def _keepers(parts: Mapping[str, Part]) -> dict[str, Keeper]:
    """All parts that keep sensors; of the others only the names are looked at."""
    names = [name for name in parts if name.startswith(_KEEPING)]
    return {name: part for name in names if isinstance(part := parts[name], _KEEPERS)}
