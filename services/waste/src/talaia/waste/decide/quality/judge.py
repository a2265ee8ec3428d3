"""All tests on one sample, in order: what the sensor says of itself, range, stuck at limit, flat line, rate, gap; spike later."""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from talaia.contracts.vocabulary import Flag, Quantity
from talaia.waste.decide.quality.flat_line import flat_line, stillness
from talaia.waste.decide.quality.gap import gap, longest_interval_s, longest_silence, usual_interval_s
from talaia.waste.decide.quality.gross_range import out_of_range
from talaia.waste.decide.quality.known import Known
from talaia.waste.decide.quality.rate_of_change import Habit, rate_of_change, surprise, usual_after
from talaia.waste.decide.quality.spike import spike
from talaia.waste.decide.quality.stuck import stuck_at_limit
from talaia.waste.decide.quality.verdict import GOOD, Verdict
from talaia.waste.decide.quality.waiting import settled
from talaia.waste.model.events import Measurement
from talaia.waste.model.parts import Marks, Sample, Sensor, Standing
from talaia.waste.model.policy import QualityPolicy

_AT_ONCE = timedelta(0)


class Judgement(msgspec.Struct, frozen=True):
    """A verdict on the sample, the sensor after it, and again: one on the jump before it, if that was waiting."""

    sensor: Sensor
    verdict: Verdict
    again: tuple[Measurement, Verdict] | None = None


def alone(measurement: Measurement, known: Known) -> Verdict | None:
    """What can be said of a sample without its neighbours; None: nothing against it."""
    if measurement.quality != "good":
        return Verdict(Flag.SUSPECT, "sensor", "the sensor itself does not call it good")
    return None if known.low <= measurement.value <= known.high else out_of_range(measurement.value, known)


def judge(
    sensor: Sensor, marks: Marks, measurement: Measurement, known: Known, now: datetime, policy: QualityPolicy
) -> Judgement:
    """Judge the newest sample of a sensor, in order of time. marks: of its last samples and this; now: when it arrived."""
    verdict = alone(measurement, known)
    if verdict is not None:
        return Judgement(_wrong(sensor, marks, verdict, now, policy), verdict)
    if measurement.quantity is Quantity.LEVEL:
        return _judge_level(sensor, marks, measurement, known, now, policy)
    time, last = measurement.time, sensor.last
    passed_s = 0.0 if last is None or time < last else (time - last).total_seconds()
    interval_s = known.interval_s or longest_interval_s(sensor, passed_s, measurement.unit)
    silent_from = now + longest_silence(interval_s, policy) if interval_s else None
    return Judgement(Sensor(marks, now, silent_from, time, measurement.value, interval_s), GOOD)


def _wrong(sensor: Sensor, marks: Marks, verdict: Verdict, now: datetime, policy: QualityPolicy) -> Sensor:
    """A sample out of range counts as heard; one that its own sensor does not call good does not."""
    if verdict.test != "range":
        return replace(sensor, marks=marks)
    silent_from = now + longest_silence(sensor.interval_s, policy) if sensor.interval_s else None
    bad = _bad_share(sensor, sensor.interval_s, True, policy)
    return replace(sensor, marks=marks, heard=now, silent_from=silent_from, bad=bad, beyond=sensor.beyond + 1)


def _judge_level(
    sensor: Sensor, marks: Marks, measurement: Measurement, known: Known, now: datetime, policy: QualityPolicy
) -> Judgement:
    time, value, last = measurement.time, measurement.value, sensor.last
    passed = _AT_ONCE if last is None else time - last
    silence = longest_silence(known.interval_s or sensor.interval_s, policy)
    silent = gap(passed) if passed > silence else None
    still = stillness(sensor, time, value, policy, anew=silent is not None)
    before, again = sensor.stands, None
    if before is None or sensor.pending is not None:
        before, again = _before(sensor, measurement, known, policy)
    stood_s = (time - before.time).total_seconds()
    change, trend = value - before.value, 0.0 if silent else before.slope * stood_s
    off, noise = surprise(change, trend), sensor.noise
    stands_still = None
    if still.since != time:
        stands_still = stuck_at_limit(still, time, known, policy) or flat_line(still, time, sensor.interval_s, policy)
    verdict = stands_still or rate_of_change(change, off, noise, policy) or silent or GOOD
    waits = verdict is not GOOD and verdict.flag is Flag.NOT_EVALUATED
    interval_s = known.interval_s or usual_interval_s(sensor, passed.total_seconds())
    was_bad = again is not None and again[1].flag is Flag.SUSPECT
    after = Sensor(  # in the order of its fields: their names would cost more than all tests
        marks,
        now,
        now + silence if interval_s else None,
        time,
        value,
        interval_s,
        _bad_share(sensor, interval_s, was_bad, policy) if was_bad or sensor.bad else 0.0,
        0,
        before if waits else Standing(time, value, change / stood_s if stood_s else 0.0),
        still,
        usual_after(noise, off),
        usual_after(sensor.usual, abs(change)),
        measurement if waits else None,
    )
    return Judgement(after, verdict, again)


def _before(
    sensor: Sensor, measurement: Measurement, known: Known, policy: QualityPolicy
) -> tuple[Standing, tuple[Measurement, Verdict] | None]:
    """What the sample is compared with, and what the one that waited for it turned out to be."""
    stands = sensor.stands
    if stands is None:
        return Standing(measurement.time, measurement.value), None
    if sensor.pending is None:
        return stands, None
    stands, verdict = settled(sensor.pending, stands, measurement, habit_of(sensor, known), policy)
    return stands, (sensor.pending, verdict)


def _bad_share(sensor: Sensor, interval_s: float, bad: bool, policy: QualityPolicy) -> float:
    """The share of bad samples in the last day, after one more; the older they are, the less they count."""
    weight = min(interval_s / policy.spiking_over.total_seconds(), 1.0)
    return sensor.bad + weight * (bad - sensor.bad)


def habit_of(sensor: Sensor, known: Known) -> Habit:
    """What is usual of a sensor."""
    return Habit(sensor.noise, sensor.usual, known.flashy)


def between(trail: tuple[Sample, ...], measurement: Measurement, habit: Habit, policy: QualityPolicy) -> Verdict:
    """A late level, by the good samples around it as far as they are still known."""
    before = [each.value for each in trail if each.usable and each.time < measurement.time]
    after = next((each.value for each in trail if each.usable and each.time > measurement.time), None)
    if not before or after is None:
        return Verdict(Flag.NOT_EVALUATED, "spike", "too late to be compared with its neighbours")
    trend = before[-1] - before[-2] if len(before) > 1 else 0.0
    return spike(measurement.value - before[-1], after - before[-1], trend, 2 * trend, habit, policy)
