"""A measurement arrives: is it known, new, in time; what is it worth; does an overflow start or end."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar

import msgspec

from talaia.contracts.vocabulary import UNIT_OF, Quantity
from talaia.waste.decide import rain
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.quality.judge import Judgement, alone, between, judge
from talaia.waste.decide.quality.verdict import GOOD, Verdict
from talaia.waste.decide.slots import due, open_slot, slot_of
from talaia.waste.decide.spilling import spilling
from talaia.waste.model import acceptance
from talaia.waste.model.events import Measurement, Refused
from talaia.waste.model.outcomes import Outcome, Reading, Step
from talaia.waste.model.parts import (
    SEEN_SAMPLES,
    TRAIL_SAMPLES,
    CatchmentPart,
    GaugePart,
    Part,
    Sample,
    Sensor,
    SitePart,
    gauge_part,
    site_part,
)
from talaia.waste.model.policy import Policy

_Holder = TypeVar("_Holder", bound=GaugePart | SitePart)


def receive(parts: Mapping[str, Part], catchment: CatchmentPart, measured: Measurement, now: datetime, policy: Policy) -> Step:
    """Take one measurement in. A duplicate changes nothing. Raises Refused."""
    _check(measured, policy)
    name = gauge_part(measured.site) if measured.quantity is Quantity.RAINFALL else site_part(measured.site)
    part = parts.get(name)
    if part is None:
        name = site_part(measured.site)
        part = parts.get(name)
    if not isinstance(part, GaugePart | SitePart):
        raise Refused("unknown_site", f"catchment {catchment.catchment} has no site or gauge {measured.site}: configure it first")
    sensors = _with_room(part, measured, policy)
    sensor = sensors.get(measured.sensor, Sensor())
    mark = _mark(measured)
    if mark in sensor.seen:
        return Step()
    sensor = msgspec.structs.replace(sensor, seen=(*sensor.seen, mark)[-SEEN_SAMPLES:])
    crest_m = part.site.crest_m if isinstance(part, SitePart) else 1.0
    if now >= due(slot_of(measured.time)) or _out_of_order(part, sensor, measured):
        late = _late(part, sensor, measured, crest_m, now, policy)
        return Step(changed={name: _with(part, sensors, measured, sensor)}, outcomes=(late,))
    judgement = judge(sensor, measured, crest_m, policy.quality)
    part = _with(part, sensors, measured, judgement.sensor)
    said = _readings(measured, judgement, now)
    if isinstance(part, GaugePart):
        return Step(changed={name: _rained(part, measured, judgement)}, outcomes=said)
    if measured.quantity is not Quantity.LEVEL:
        return Step(changed={name: part}, outcomes=said)
    at = Circumstances(now, measured.cause, catchment.area, catchment.hash, policy)
    part, told = spilling(parts, catchment, _risen(part, measured, judgement), at)
    return Step(changed={name: part}, outcomes=(*said, *told), wakes={name: due(open_slot(now))})


def _check(measured: Measurement, policy: Policy) -> None:
    names = measured.source + measured.id + measured.sensor
    refusal = acceptance.refusal(measured.time, measured.recorded_at, measured.value, names, policy)
    if refusal is not None:
        raise Refused(*refusal)
    if measured.unit is not UNIT_OF[measured.quantity]:
        raise Refused("unit", f"{measured.quantity.value} travels in {UNIT_OF[measured.quantity].value}")


def _mark(measured: Measurement) -> int:
    """What makes a sample of a sensor the same as another: source and time."""
    text = f"{measured.source}|{measured.time.timestamp()!r}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def _with_room(part: GaugePart | SitePart, measured: Measurement, policy: Policy) -> dict[str, Sensor]:
    """The sensors among which this one has its place; of too many, the longest silent gives way."""
    most = policy.sensors_per_gauge if isinstance(part, GaugePart) else policy.sensors_per_site
    if measured.sensor in part.sensors or len(part.sensors) < most:
        return part.sensors
    heard = {name: sensor.last for name, sensor in part.sensors.items() if sensor.last is not None}
    silent = [name for name in sorted(part.sensors) if name not in heard or measured.time - heard[name] > policy.sensor_silent]
    if not silent:
        raise Refused("too_many_sensors", f"{measured.site} already has {most}: {', '.join(sorted(part.sensors))}")
    return {name: sensor for name, sensor in part.sensors.items() if name != silent[0]}


def _out_of_order(part: GaugePart | SitePart, sensor: Sensor, measured: Measurement) -> bool:
    """Rain adds up in any order; all else is compared with what was before."""
    return isinstance(part, SitePart) and sensor.last is not None and measured.time <= sensor.last


def _with(part: _Holder, sensors: dict[str, Sensor], measured: Measurement, sensor: Sensor) -> _Holder:
    return msgspec.structs.replace(part, sensors=sensors | {measured.sensor: sensor})


def _late(
    part: GaugePart | SitePart, sensor: Sensor, measured: Measurement, crest_m: float, now: datetime, policy: Policy
) -> Reading:
    """A late sample is judged by what is known of its neighbours, and changes nothing else."""
    verdict = alone(measured, crest_m, policy.quality)
    if verdict is None and isinstance(part, SitePart) and measured.quantity is Quantity.LEVEL:
        verdict = between(part.trail, measured, sensor.noise, policy.quality)
    return _reading(measured, verdict or GOOD, now, late=True)


def _reading(measured: Measurement, verdict: Verdict, now: datetime, *, late: bool = False, again: bool = False) -> Reading:
    return Reading(said_at=now, measurement=measured, late=late, again=again, **verdict._asdict())


def _readings(measured: Measurement, judgement: Judgement, now: datetime) -> tuple[Outcome, ...]:
    said = _reading(measured, judgement.verdict, now)
    if judgement.waited is None:
        return (said,)
    return _reading(judgement.waited, judgement.waited_verdict, now, again=True), said


def _rained(part: GaugePart, measured: Measurement, judgement: Judgement) -> GaugePart:
    """The gauge with this rain, if it is worth anything."""
    if judgement.verdict is not GOOD:
        return part
    fallen, slot = rain.with_rain(part, slot_of(measured.time), measured.value)
    return msgspec.structs.replace(part, rain=fallen, slot=slot)


def _risen(part: SitePart, measured: Measurement, judgement: Judgement) -> SitePart:
    """The site with this level on its trail, and the one before as it is judged now."""
    trail = part.trail
    if judgement.waited is not None:
        judged = Sample(judgement.waited.time, judgement.waited.value, judgement.waited_verdict.flag)
        trail = tuple(judged if sample.time == judged.time else sample for sample in trail)
    trail = (*trail, Sample(measured.time, measured.value, judgement.verdict.flag))[-TRAIL_SAMPLES:]
    return msgspec.structs.replace(part, trail=trail)
