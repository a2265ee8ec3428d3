"""A measurement arrives: is it known, new, in time; what is it worth; does an overflow start or end."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import UNIT_OF, Flag, Quantity
from talaia.waste.decide import rain, seen
from talaia.waste.decide.quality.judge import Judgement, alone, between, habit_of, judge
from talaia.waste.decide.quality.known import Known, known_of
from talaia.waste.decide.quality.verdict import GOOD, Verdict
from talaia.waste.decide.rain_counter import counted, overtaken
from talaia.waste.decide.rulebook import ON_LATE, ON_MEASUREMENT
from talaia.waste.decide.rules import Heard, Sequel
from talaia.waste.decide.slots import due, is_closed, open_slot, slot_of
from talaia.waste.model import acceptance
from talaia.waste.model.events import Measurement, Refused
from talaia.waste.model.outcomes import NOTHING, Outcome, Reading, Step
from talaia.waste.model.parts import (
    SEEN_OF_OTHERS,
    SEEN_SAMPLES,
    TRAIL_SAMPLES,
    CatchmentPart,
    GaugePart,
    Keeper,
    Part,
    Sample,
    Sensor,
    SensorPart,
    SitePart,
    gauge_part,
    sensor_part,
    site_part,
)
from talaia.waste.model.policy import Policy, QualityPolicy

_NEW = Sensor()
_NO_WAKES: Mapping[str, datetime | None] = {}


def receive(parts: Mapping[str, Part], catchment: CatchmentPart, measured: Measurement, now: datetime, policy: Policy) -> Step:
    """Take one measurement in. A duplicate changes nothing. Raises Refused."""
    _check(measured, policy)
    name, part = _holder(parts, catchment, measured, policy)
    sensor = part.sensors.get(measured.sensor)
    if sensor is None:
        part, sensor = _with_room(part, measured, policy), _NEW
    time_s = measured.time.timestamp()
    marks = seen.after(sensor.marks, measured.source, time_s, SEEN_OF_OTHERS if type(part) is SensorPart else SEEN_SAMPLES)
    if marks is None:
        return NOTHING
    late = is_closed(measured.time, now) or _out_of_order(part, sensor, measured)
    wakes: Mapping[str, datetime | None] = _NO_WAKES
    if not late:
        if isinstance(part, GaugePart):
            part, measured = counted(part, measured, policy)
        elif isinstance(part, SitePart) and not _is_awake(part, now, policy):
            wakes = {name: due(open_slot(now))}
    known = known_of(part, measured.quantity, measured.sensor, parts, catchment, policy.quality)
    said: tuple[Outcome, ...]
    if late or measured.quantity is Quantity.RAINFALL_TOTAL:
        verdict = _late(part, sensor, measured, known, policy.quality)
        said = (_reading(measured, verdict, now, late=late),)
        part = msgspec.structs.replace(
            part, sensors={**part.sensors, measured.sensor: msgspec.structs.replace(sensor, marks=marks)}
        )
    else:
        judgement = judge(sensor, marks, measured, known, now, policy.quality)
        verdict = judgement.verdict
        said = _readings(measured, judgement, now)
        part = _taken(part, measured, judgement, policy.quality)
    sequel = Sequel(parts, {name: part}, said, wakes)
    told = Heard(sequel, catchment, name, part, measured, time_s, verdict, now, policy)
    for rule in (ON_LATE if late else ON_MEASUREMENT)[measured.quantity]:
        step = rule(told)
        if step is not NOTHING:
            sequel.add(step)
    return sequel.step()


def _is_awake(part: SitePart, now: datetime, policy: Policy) -> bool:
    """Whether a slot of a site is going to be closed: it had a level not long ago."""
    last = part.trail[-1] if part.trail else None
    return last is not None and now - last.time <= policy.forecast.level_age and last.usable


def _holder(parts: Mapping[str, Part], catchment: CatchmentPart, measured: Measurement, policy: Policy) -> tuple[str, Keeper]:
    """The part that keeps a measurement's sensor, by name: of a gauge its own, of a level the site's, else the sensor's."""
    quantity = measured.quantity
    if quantity is Quantity.RAINFALL or quantity is Quantity.RAINFALL_TOTAL:
        name = gauge_part(measured.site)
        gauge = parts.get(name)
        if isinstance(gauge, GaugePart):
            return name, gauge
    name = site_part(measured.site)
    site = parts.get(name)
    if not isinstance(site, SitePart):
        raise Refused("unknown_site", f"catchment {catchment.catchment} has no site or gauge {measured.site}: configure it first")
    if quantity is Quantity.LEVEL:
        return name, site
    name = sensor_part(measured.site, measured.sensor)
    known = parts.get(name)
    if isinstance(known, SensorPart):
        return name, known
    others = sum(each.startswith(sensor_part(measured.site, "")) for each in parts)
    if others >= policy.other_sensors_per_site:
        raise Refused("too_many_sensors", f"{measured.site} already has {others} sensors besides its levels: configure fewer")
    return name, SensorPart(site=measured.site, quantity=quantity)


def _check(measured: Measurement, policy: Policy) -> None:
    names, thing = measured.source + measured.id + measured.sensor, f"{measured.site}/{measured.sensor}"
    refusal = acceptance.refusal(measured.time, measured.recorded_at, measured.value, names, thing, policy)
    if refusal is not None:
        raise Refused(*refusal)
    if measured.unit is not UNIT_OF[measured.quantity]:
        raise Refused("unit", f"{measured.quantity.value} travels in {UNIT_OF[measured.quantity].value}")


def _with_room(part: Keeper, measured: Measurement, policy: Policy) -> Keeper:
    """The part with a place for this sensor; of too many, the longest silent gives way."""
    most = policy.levels_per_site if isinstance(part, SitePart) else 1
    if len(part.sensors) < most:
        return part
    heard = {name: sensor.last for name, sensor in part.sensors.items() if sensor.last is not None}
    silent = [name for name in sorted(part.sensors) if name not in heard or measured.time - heard[name] > policy.sensor_silent]
    if not silent:
        raise Refused("too_many_sensors", f"{measured.site} already has {most}: {', '.join(sorted(part.sensors))}")
    return msgspec.structs.replace(part, sensors={name: each for name, each in part.sensors.items() if name != silent[0]})


def _out_of_order(part: Keeper, sensor: Sensor, measured: Measurement) -> bool:
    """Rain adds up in any order, but for what is counted; all else is compared with what was before."""
    if isinstance(part, GaugePart):
        return measured.quantity is Quantity.RAINFALL_TOTAL and overtaken(part, measured.time)
    return sensor.last is not None and measured.time <= sensor.last


def _late(part: Keeper, sensor: Sensor, measured: Measurement, known: Known, policy: QualityPolicy) -> Verdict:
    """A late sample is judged by what is known of its neighbours."""
    verdict = alone(measured, known)
    if verdict is None and isinstance(part, SitePart):
        verdict = between(part.trail, measured, habit_of(sensor, known), policy)
    return verdict or GOOD


def _reading(measured: Measurement, verdict: Verdict, now: datetime, *, late: bool = False, again: bool = False) -> Reading:
    flag, test, reason = verdict
    return Reading(now, measured, flag, test, reason, late, again)


def _readings(measured: Measurement, judgement: Judgement, now: datetime) -> tuple[Outcome, ...]:
    said = _reading(measured, judgement.verdict, now)
    if judgement.again is None:
        return (said,)
    waited, verdict = judgement.again
    return _reading(waited, verdict, now, again=True), said


def _taken(part: Keeper, measured: Measurement, judgement: Judgement, policy: QualityPolicy) -> Keeper:
    """The part with this sample, in time, of a sensor of it."""
    sensors = {**part.sensors, measured.sensor: judgement.sensor}
    if isinstance(part, SitePart):
        return msgspec.structs.replace(part, sensors=sensors, trail=_risen(part, measured, judgement, policy))
    if isinstance(part, GaugePart) and judgement.verdict is GOOD:
        fallen, slot = rain.with_rain(part, slot_of(measured.time), measured.value)
        return msgspec.structs.replace(part, sensors=sensors, rain=fallen, slot=slot)
    return msgspec.structs.replace(part, sensors=sensors)


def _risen(part: SitePart, measured: Measurement, judgement: Judgement, policy: QualityPolicy) -> tuple[Sample, ...]:
    """The site's trail with this level, and the one before as it is judged now.

    An empty tank stands still, and at the end of its range a sensor still tells that: go on from it.
    """
    trail, (flag, test, _) = part.trail, judgement.verdict
    if judgement.again is not None:
        waited, verdict = judgement.again
        judged = Sample(waited.time, waited.value, verdict.flag)
        trail = tuple(judged if sample.time == judged.time else sample for sample in trail)
    if test == "stuck" or (test == "flat" and measured.value < policy.at_rest * part.site.crest_m):
        flag = Flag.NOT_EVALUATED
    return (*trail[1 - TRAIL_SAMPLES :], Sample(measured.time, measured.value, flag))
