"""A catchment as a city configures it: rain gauges, and sites with their pumps, sensors and weirs."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from talaia.contracts.envelope import Instant, Name, Text
from talaia.contracts.vocabulary import Quantity, SiteKind

Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Positive = Annotated[float, Meta(gt=0)]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """WGS 84, degrees."""

    lat: Latitude
    lon: Longitude


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """A rain gauge of a catchment."""

    id: Name
    name: Text = ""
    place: Place | UnsetType = UNSET
    interval_s: Positive | UnsetType = UNSET


class Discharge(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a weir's table: what flows over it at a head over the crest."""

    head_m: Annotated[float, Meta(ge=0)]
    flow_m3_per_s: Annotated[float, Meta(ge=0)]


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a site's table: how much it holds at a level."""

    level_m: float
    content_m3: Annotated[float, Meta(ge=0)]


class Weir(msgspec.Struct, frozen=True, kw_only=True):
    """How much spills at a head h over the crest, as far as it is known.

    k: flow = k h^1.5, in m^1.5/s; else width_m and discharge_coefficient, from which k follows (Poleni); else a
    table. uncertainty_share: of the flow, by who made the law.
    """

    k: Positive | UnsetType = UNSET
    width_m: Positive | UnsetType = UNSET
    discharge_coefficient: Positive | UnsetType = UNSET
    table: Annotated[list[Discharge], Meta(max_length=50)] = []
    uncertainty_share: Annotated[float, Meta(ge=0, le=1)] = 0.2


class Pump(msgspec.Struct, frozen=True, kw_only=True):
    """A pump of a site. command, running, power: the sensors that tell of it, where there are any."""

    id: Name
    command: Name | UnsetType = UNSET
    running: Name | UnsetType = UNSET
    power: Name | UnsetType = UNSET
    rated_m3_per_s: Positive | UnsetType = UNSET


class SensorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A sensor of a site or gauge. low, high: what it can measure, in its quantity's unit. interval_s: how often it should.

    accuracy_m: of a level, as a standard uncertainty.
    """

    id: Name
    quantity: Quantity
    low: float | UnsetType = UNSET
    high: float | UnsetType = UNSET
    interval_s: Positive | UnsetType = UNSET
    accuracy_m: Positive | UnsetType = UNSET


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A place where water may spill. crest_m: level above which it does.

    area_m2: of the water table, or volumes: a table of what it holds. gauge: the rain gauge that is nearest;
    gauge_weights: several in the forecast instead, by their share. downstream: the site that its water comes to.
    receiving_water_sensitive: whether the law protects it more than others. people: who live or work where its spills go.
    high_level_m: a level that is told in any case. guidance: what to do; guidance_by_kind: by kind of condition, where it
    differs.
    """

    id: Name
    kind: SiteKind
    name: Text = ""
    crest_m: Annotated[float, Meta(gt=0, le=100)]
    gauge: Name
    place: Place | UnsetType = UNSET
    receiving_water: Text = ""
    guidance: Text = ""
    bottom_m: float = 0.0
    area_m2: Positive | UnsetType = UNSET
    volumes: Annotated[list[Content], Meta(max_length=50)] = []
    weir: Weir | UnsetType = UNSET
    gauge_weights: dict[Name, Annotated[float, Meta(ge=0, le=1)]] = {}
    downstream: Name | UnsetType = UNSET
    bathing_site: Text = ""
    receiving_water_sensitive: bool | UnsetType = UNSET
    people: Annotated[int, Meta(ge=0, le=10_000_000)] | UnsetType = UNSET
    permit: Text = ""
    high_level_m: float | UnsetType = UNSET
    pumps: Annotated[list[Pump], Meta(max_length=12)] = []
    sensors: Annotated[list[SensorSpec], Meta(max_length=40)] = []
    guidance_by_kind: dict[Name, Text] = {}


class Catchment(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of one catchment, as `talaia city apply` or a recording gives it. hash: SHA-256 of its content.

    zone: IANA name of the time zone in which its days begin.
    """

    catchment: Name
    area: Name
    hash: Name
    valid_from: Instant
    decided_by: Name
    zone: Name = "UTC"
    gauges: Annotated[list[Gauge], Meta(max_length=50)]
    sites: Annotated[list[Site], Meta(max_length=250)]
