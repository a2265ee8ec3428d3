"""All tests on one sample, in order: what the sensor says of itself, range, flat line, gap, spike."""

from typing import NamedTuple

import msgspec

from talaia.contracts.vocabulary import Flag, Quantity
from talaia.waste.decide.quality.flat_line import flat_line, stillness
from talaia.waste.decide.quality.gap import gap, usual_interval_s
from talaia.waste.decide.quality.gross_range import gross_range
from talaia.waste.decide.quality.spike import judged, jump, usual_noise
from talaia.waste.decide.quality.verdict import GOOD, Verdict
from talaia.waste.model.events import Measurement
from talaia.waste.model.parts import Sample, Sensor
from talaia.waste.model.policy import QualityPolicy


class Judgement(NamedTuple):
    """A verdict on the sample, the sensor after it, and the verdict on the jump before it, if one was waiting."""

    sensor: Sensor
    verdict: Verdict
    waited: Measurement | None = None
    waited_verdict: Verdict = GOOD


def alone(measurement: Measurement, crest_m: float, policy: QualityPolicy) -> Verdict | None:
    """What can be said of a sample without its neighbours; None: nothing against it."""
    if measurement.quality != "good":
        return Verdict(Flag.SUSPECT, "sensor", "the sensor itself does not call it good")
    return gross_range(measurement.quantity, measurement.value, crest_m, policy)


def judge(sensor: Sensor, measurement: Measurement, crest_m: float, policy: QualityPolicy) -> Judgement:
    """Judge the newest sample of a sensor, in order of time."""
    verdict = alone(measurement, crest_m, policy)
    if verdict is not None:
        return Judgement(sensor, verdict)
    if measurement.quantity is not Quantity.LEVEL:
        return Judgement(msgspec.structs.replace(sensor, last=measurement.time, value=measurement.value), GOOD)
    return _judge_level(sensor, measurement, crest_m, policy)


def _judge_level(sensor: Sensor, measurement: Measurement, crest_m: float, policy: QualityPolicy) -> Judgement:
    time, value, waited = measurement.time, measurement.value, sensor.pending
    before = value if sensor.last is None else sensor.value
    waited_verdict, change = GOOD, sensor.change
    if waited is not None:
        waited_verdict = judged(before, waited.value, value, change, sensor.noise, policy)
        if waited_verdict is GOOD:
            before, change = waited.value, waited.value - before
    silent = gap(sensor, time, policy)
    still = stillness(sensor, time, value, policy, anew=silent is not None)
    verdict = flat_line(still, time, policy.at_rest * crest_m, policy)
    if verdict is None:
        verdict = jump(before, value, sensor.noise, policy) or silent or GOOD
    waits = verdict.flag is Flag.NOT_EVALUATED
    after = Sensor(
        seen=sensor.seen,
        last=time,
        value=before if waits else value,
        pending=measurement if waits else None,
        change=change if waits else value - before,
        noise=usual_noise(sensor.noise, value - before),
        still_since=still.since,
        still_value=still.value,
        quiet_s=still.quiet_s,
        interval_s=usual_interval_s(sensor, time),
    )
    return Judgement(after, verdict, waited, waited_verdict)


def between(trail: tuple[Sample, ...], measurement: Measurement, noise: float, policy: QualityPolicy) -> Verdict:
    """A late level, by the good samples around it as far as they are still known."""
    before = [each.value for each in trail if each.usable and each.time < measurement.time]
    after = next((each.value for each in trail if each.usable and each.time > measurement.time), None)
    if not before or after is None:
        return Verdict(Flag.NOT_EVALUATED, "spike", "too late to be compared with its neighbours")
    change = before[-1] - before[-2] if len(before) > 1 else 0.0
    return judged(before[-1], measurement.value, after, change, noise, policy)
