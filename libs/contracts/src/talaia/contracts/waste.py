"""Waste water: what is measured, what it is worth after quality control, and what is forecast."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from talaia.contracts.catchment import Catchment
from talaia.contracts.envelope import Envelope, Instant, Name, Text, Tick
from talaia.contracts.vocabulary import Flag, Method, Quantity, Unit


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One sample of one sensor in the quantity's unit; what the sensor itself said is kept beside it."""

    site: Name
    sensor: Name
    quantity: Quantity
    value: float
    unit: Unit
    quality: Name = "good"
    original_value: float | UnsetType = UNSET
    original_unit: Name | UnsetType = UNSET


class Measured(Envelope, frozen=True, kw_only=True, tag="city.talaia.waste.measurements.measured.v1"):
    """A sensor measured."""

    data: Measurement


class Configured(Envelope, frozen=True, kw_only=True, tag="city.talaia.waste.measurements.configured.v1"):
    """From here on a catchment is this."""

    data: Catchment


class Nowcast(msgspec.Struct, frozen=True, kw_only=True):
    """Rain to come at one gauge. mm: of each step of step_min minutes, the first begins when it was issued."""

    catchment: Name
    gauge: Name
    issued_at: Instant
    step_min: Annotated[float, Meta(gt=0, le=60)]
    mm: Annotated[list[Annotated[float, Meta(ge=0, le=500)]], Meta(min_length=1, max_length=72)]


class Nowcasted(Envelope, frozen=True, kw_only=True, tag="city.talaia.waste.measurements.nowcast.v1"):
    """Somebody who sees the rain coming said how much."""

    data: Nowcast


class MeasurementsTick(Tick, frozen=True, kw_only=True, tag="city.talaia.waste.measurements.tick.v1"):
    """Time passed in a partition of waste.measurements."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement after quality control. test, reason: which test decided and why, when the flag is not good."""

    catchment: Name
    site: Name
    sensor: Name
    quantity: Quantity
    value: float
    unit: Unit
    flag: Flag
    test: Name | UnsetType = UNSET
    reason: Text | UnsetType = UNSET
    measurement: Name
    late: bool = False


class Read(Envelope, frozen=True, kw_only=True, tag="city.talaia.waste.readings.read.v1"):
    """A measurement was judged; a later judgement of the same measurement replaces it."""

    data: Reading


class PathPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Level expected at a time. low_m, high_m: four of five levels fall between, when enough is learnt to say so."""

    time: Instant
    level_m: float
    low_m: float | UnsetType = UNSET
    high_m: float | UnsetType = UNSET


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Level path of one site for the next hour, from the last good level at the slot's end on.

    minutes_to_overflow: None while the path stays under the crest.
    soonest_min, latest_min: four of five times to overflow fall between. probability: that the crest is reached within
    30 minutes. warning: it is expected within 30 minutes; watch: within 60.
    """

    catchment: Name
    site: Name
    issued_at: Instant
    method: Method
    level_m: float
    crest_m: float
    slope_m_per_min: float
    rain_mm_30min: float
    path: list[PathPoint]
    minutes_to_overflow: float | None
    expected_at: Instant | None
    soonest_min: float | UnsetType = UNSET
    latest_min: float | UnsetType = UNSET
    probability: Annotated[float, Meta(ge=0, le=1)] | UnsetType = UNSET
    warning: bool
    watch: bool = False
    learnt_steps: int
    configuration: Name


class Forecasted(Envelope, frozen=True, kw_only=True, tag="city.talaia.waste.forecasts.issued.v1"):
    """A forecast was issued; it replaces the one before."""

    data: Forecast
