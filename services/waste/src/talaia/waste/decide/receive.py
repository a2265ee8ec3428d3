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
from talaia.waste.decide.rain_counter import counted, overtaken
from talaia.waste.decide.rulebook import ON_MEASUREMENT
from talaia.waste.decide.rules import Heard, follow
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
    SensorPart,
    SitePart,
    gauge_part,
    sensor_part,
    site_part,
)
from talaia.waste.model.policy import Policy

Keeper = GaugePart | SitePart | SensorPart
"""Parts that keep sensors."""
_Keeping = TypeVar("_Keeping", bound=Keeper)


def receive(parts: Mapping[str, Part], catchment: CatchmentPart, measured: Measurement, now: datetime, policy: Policy) -> Step:
    """Take one measurement in. A duplicate changes nothing. Raises Refused."""
    _check(measured, policy)
    name, part = _holder(parts, catchment, measured, policy)
    part = _with_room(part, measured, policy)
    sensor = part.sensors.get(measured.sensor, Sensor())
    mark = _mark(measured)
    if mark in sensor.seen:
        return Step()
    sensor = msgspec.structs.replace(sensor, seen=(*sensor.seen, mark)[-SEEN_SAMPLES:])
    at = Circumstances(now, measured.cause, catchment.area, catchment.hash, policy)
    late = now >= due(slot_of(measured.time)) or _out_of_order(part, sensor, measured)
    if isinstance(part, GaugePart) and not late:
        part, measured = counted(part, measured, policy)
    if late or measured.quantity is Quantity.RAINFALL_TOTAL:
        verdict = _late(part, sensor, measured, policy)
        said = _reading(measured, verdict, now, late=late)
        step = Step(changed={name: _with(part, measured, sensor)}, outcomes=(said,))
    else:
        judgement = judge(sensor, measured, _crest_m(part), policy.quality)
        verdict = judgement.verdict
        step = _in_time(parts, catchment, name, _with(part, measured, judgement.sensor), measured, judgement, at)
    rules = ON_MEASUREMENT.get(measured.quantity, ())
    return follow(step, rules, Heard(parts, catchment, name, measured, verdict, late, at))


def _in_time(
    parts: Mapping[str, Part],
    catchment: CatchmentPart,
    name: str,
    part: Keeper,
    measured: Measurement,
    judgement: Judgement,
    at: Circumstances,
) -> Step:
    said = _readings(measured, judgement, at.now)
    if isinstance(part, GaugePart):
        return Step(changed={name: _rained(part, measured, judgement)}, outcomes=said)
    if isinstance(part, SensorPart):
        return Step(changed={name: part}, outcomes=said)
    part, told = spilling(parts, catchment, _risen(part, measured, judgement), at)
    return Step(changed={name: part}, outcomes=(*said, *told), wakes={name: due(open_slot(at.now))})


def _holder(parts: Mapping[str, Part], catchment: CatchmentPart, measured: Measurement, policy: Policy) -> tuple[str, Keeper]:
    """The part that keeps a measurement's sensor, by name: of a gauge its own, of a level the site's, else the sensor's."""
    if measured.quantity in (Quantity.RAINFALL, Quantity.RAINFALL_TOTAL):
        name = gauge_part(measured.site)
        gauge = parts.get(name)
        if isinstance(gauge, GaugePart):
            return name, gauge
    name = site_part(measured.site)
    site = parts.get(name)
    if not isinstance(site, SitePart):
        raise Refused("unknown_site", f"catchment {catchment.catchment} has no site or gauge {measured.site}: configure it first")
    if measured.quantity is Quantity.LEVEL:
        return name, site
    name = sensor_part(measured.site, measured.sensor)
    known = parts.get(name)
    if isinstance(known, SensorPart):
        return name, known
    others = sum(each.startswith(sensor_part(measured.site, "")) for each in parts)
    if others >= policy.other_sensors_per_site:
        raise Refused("too_many_sensors", f"{measured.site} already has {others} sensors besides its levels: configure fewer")
    return name, SensorPart(site=measured.site)


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


def _with_room(part: _Keeping, measured: Measurement, policy: Policy) -> _Keeping:
    """The part with a place for this sensor; of too many, the longest silent gives way."""
    most = policy.levels_per_site if isinstance(part, SitePart) else 1
    if measured.sensor in part.sensors or len(part.sensors) < most:
        return part
    heard = {name: sensor.last for name, sensor in part.sensors.items() if sensor.last is not None}
    silent = [name for name in sorted(part.sensors) if name not in heard or measured.time - heard[name] > policy.sensor_silent]
    if not silent:
        raise Refused("too_many_sensors", f"{measured.site} already has {most}: {', '.join(sorted(part.sensors))}")
    return msgspec.structs.replace(part, sensors={name: each for name, each in part.sensors.items() if name != silent[0]})


def _crest_m(part: Keeper) -> float:
    return part.site.crest_m if isinstance(part, SitePart) else 1.0


def _out_of_order(part: Keeper, sensor: Sensor, measured: Measurement) -> bool:
    """Rain adds up in any order, but for what is counted; all else is compared with what was before."""
    if isinstance(part, GaugePart):
        return measured.quantity is Quantity.RAINFALL_TOTAL and overtaken(part, measured.time)
    return sensor.last is not None and measured.time <= sensor.last


def _with(part: _Keeping, measured: Measurement, sensor: Sensor) -> _Keeping:
    return msgspec.structs.replace(part, sensors=part.sensors | {measured.sensor: sensor})


def _late(part: Keeper, sensor: Sensor, measured: Measurement, policy: Policy) -> Verdict:
    """A late sample is judged by what is known of its neighbours, and changes nothing else of its sensor."""
    verdict = alone(measured, _crest_m(part), policy.quality)
    if verdict is None and isinstance(part, SitePart):
        verdict = between(part.trail, measured, sensor.noise, policy.quality)
    return verdict or GOOD


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
