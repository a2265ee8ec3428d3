"""What the conditions of a sensor are judged by: how long a silence or a standstill is too long, which values are possible."""

from talaia.contracts.vocabulary import Unit
from talaia.waste.decide.quality.flat_line import longest_standstill_s
from talaia.waste.decide.quality.gap import longest_silence
from talaia.waste.decide.quality.known import Known
from talaia.waste.model.conditions import SENSOR_FLAT, SENSOR_OUT_OF_RANGE, SENSOR_SILENT
from talaia.waste.model.outcomes import Threshold
from talaia.waste.model.parts import Sensor
from talaia.waste.model.policy import QualityPolicy


def limits(kind: str, sensor: Sensor, known: Known, unit: Unit, policy: QualityPolicy) -> tuple[Threshold, ...]:
    """Of one kind of condition. known: of the sensor beforehand; unit: of its values."""
    if kind == SENSOR_SILENT:
        silence = longest_silence(known.interval_s or sensor.interval_s, policy)
        return (("silent_after", silence.total_seconds() / 60, "min"),)
    if kind == SENSOR_FLAT:
        return _of_standstill(sensor, known, unit, policy)
    if kind == SENSOR_OUT_OF_RANGE:
        return ("least", known.low, unit), ("most", known.high, unit), ("told_from_in_a_row", float(policy.beyond_samples), "1")
    return ("told_from_share", policy.spiking_from, "1"), ("over_under_share", policy.spiking_to, "1")


def _of_standstill(sensor: Sensor, known: Known, unit: Unit, policy: QualityPolicy) -> tuple[Threshold, ...]:
    """A sensor that stands at a configured end of its range is told sooner."""
    quiet = 0.0 if sensor.still is None else sensor.still.quiet
    told: list[Threshold] = [
        ("told_after", longest_standstill_s(quiet, sensor.interval_s, policy) / 60, "min"),
        ("still_within", policy.flat_resolution, unit),
        ("told_after_at_an_end_of_its_range", policy.stuck_after.total_seconds() / 60, "min"),
    ]
    ends = (("lower_end", known.lower), ("upper_end", known.upper))
    return *told, *((name, end, unit) for name, end in ends if end is not None)
