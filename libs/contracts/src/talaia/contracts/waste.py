"""Waste water: what is measured, what it is worth after quality control, and what is forecast."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from talaia.contracts.envelope import Envelope, Instant, Name, Text, Tick
from talaia.contracts.vocabulary import Flag, Method, Quantity, SiteKind, Unit

Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """WGS 84, degrees."""

    lat: Latitude
    lon: Longitude


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


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """A rain gauge of a catchment."""

    id: Name
    name: Text = ""
    place: Place | UnsetType = UNSET


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A place where water may spill. crest_m: level above which it does."""

    id: Name
    kind: SiteKind
    name: Text = ""
    crest_m: Annotated[float, Meta(gt=0, le=100)]
    gauge: Name
    place: Place | UnsetType = UNSET
    receiving_water: Text = ""
    guidance: Text = ""


class Catchment(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of one catchment, as `talaia city apply` or a recording gives it. hash: SHA-256 of its content."""

    catchment: Name
    area: Name
    hash: Name
    valid_from: Instant
    decided_by: Name
    gauges: Annotated[list[Gauge], Meta(max_length=50)]
    sites: Annotated[list[Site], Meta(max_length=250)]


class Configured(Envelope, frozen=True, kw_only=True, tag="city.talaia.waste.measurements.configured.v1"):
    """From here on a catchment is this."""

    data: Catchment


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
    """Level expected at a time."""

    time: Instant
    level_m: float


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Level path of one site. minutes_to_overflow: None while the path stays under the crest."""

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
    warning: bool
    learnt_steps: int
    configuration: Name


class Forecasted(Envelope, frozen=True, kw_only=True, tag="city.talaia.waste.forecasts.issued.v1"):
    """A forecast was issued; it replaces the one before."""

    data: Forecast
