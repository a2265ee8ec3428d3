"""The rain feed of a catchment is lost: no gauge has told anything for an hour, and forecasts go on by level and slope."""

from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import Priority, SignalState
from talaia.waste.decide.rules import Round
from talaia.waste.decide.signals import must_renew, tell
from talaia.waste.decide.slots import slot_end
from talaia.waste.model.conditions import RAIN_FEED_LOST, Condition, Subject, condition_id
from talaia.waste.model.outcomes import Evidence, Step
from talaia.waste.model.parts import CATCHMENT, CatchmentPart, gauge_part
from talaia.waste.model.rainfall import RAIN, RainPart

_NOTHING = Condition()


def rain_feed(told: Round) -> Step:
    """Whether rain is still known, and what is to be said of it."""
    catchment, at = told.parts[CATCHMENT], told.at
    assert isinstance(catchment, CatchmentPart)
    name = condition_id(RAIN_FEED_LOST, catchment.catchment)
    before = catchment.conditions.get(name, _NOTHING)
    heard_at = _heard_at(told)
    lost = heard_at is not None and at.now - heard_at > at.policy.gauges.silent
    if lost == before.open and not (lost and must_renew(before, at.now, at.policy.signal)):
        return Step()
    state = SignalState.BEGAN if not before.open else SignalState.CHANGED if lost else SignalState.ENDED
    silent_min = 0.0 if heard_at is None else (at.now - heard_at).total_seconds() / 60
    why = Evidence(
        rule=RAIN_FEED_LOST,
        rule_version=at.policy.signal.rule_version,
        configuration=at.configuration,
        thresholds=(("lost_after", at.policy.gauges.silent.total_seconds() / 60, "min"),),
        facts=(("gauges", float(len(catchment.gauges))), ("silent_min", silent_min)),
    )
    subject = Subject(catchment.catchment, catchment.catchment)
    after, said = tell(before, state, RAIN_FEED_LOST, subject, at, priority=Priority.MEDIUM, evidence=why)
    changed = msgspec.structs.replace(catchment, conditions=catchment.conditions | {name: after})
    return Step(changed={CATCHMENT: changed}, outcomes=(said,))


def _heard_at(told: Round) -> datetime | None:
    """When a gauge last told anything, or since when slots are closed without one; None before that."""
    rain = told.parts.get(RAIN)
    newest = slot_end(rain.first_slot) if isinstance(rain, RainPart) else None
    for gauge in told.catchment.gauges:
        part = told.keepers.get(gauge_part(gauge.id))
        for sensor in () if part is None else part.sensors.values():
            if sensor.last is not None and (newest is None or sensor.last > newest):
                newest = sensor.last
    return newest
