"""The tables of the city file `waste.toml`: catchments, their gauges, and their sites with pumps, sensors and weirs."""

from typing import Annotated

from pydantic import AfterValidator, Field

from talaia.contracts.vocabulary import Quantity, SiteKind
from talaia.stream.city_file import Entry


def _undivided(name: str) -> str:
    """An id becomes a part of names, as in `pump/PS1/P1`."""
    if "/" in name:
        raise ValueError(f"{name!r} has a /, which divides names: write - instead")
    return name


Id = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]+$"), AfterValidator(_undivided)]
Above = Annotated[float, Field(gt=0)]
Spoken = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Words = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00-\x08\x0b-\x1f]*$")]


class Placed(Entry):
    """A thing with a place in degrees (WGS 84), where known."""

    id: Id
    name: Spoken = ""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None


class SourceEntry(Entry):
    """By which name a sensor comes in at the doors, and how it is read there; the step is not told.

    tag: in tables. device, field: in uplinks, of a decoded payload, with dots into what is nested; time_field: where that
    says when it was measured. datastream: in SensorThings. unit: what is spoken there, the quantity's own if left out;
    scale: by how much numbers are multiplied for that. mm_per_tip, mounting_height_m: as `units.Sensing` says.
    """

    tag: Spoken = ""
    device: Spoken = ""
    field: Spoken = ""
    time_field: Spoken = ""
    datastream: Spoken = ""
    unit: Spoken = ""
    scale: float = 1.0
    mm_per_tip: Above | None = None
    mounting_height_m: Above | None = None


class GaugeSourceEntry(SourceEntry):
    """The same of a rain gauge. counts_on: it tells what it counted since it began, not since the reading before."""

    counts_on: bool = False

    @property
    def quantity(self) -> Quantity:
        """What it tells."""
        return Quantity.RAINFALL_TOTAL if self.counts_on else Quantity.RAINFALL


class GaugeEntry(Placed):
    """A rain gauge as the city file says it. interval_s: how often it reports."""

    interval_s: Above | None = None
    source: GaugeSourceEntry | None = None


class DischargeEntry(Entry):
    """A row of a weir's table: what flows over it at a head over the crest."""

    head_m: Annotated[float, Field(ge=0)]
    flow_m3_per_s: Annotated[float, Field(ge=0)]


class ContentEntry(Entry):
    """A row of a site's table: how much it holds at a level."""

    level_m: float
    content_m3: Annotated[float, Field(ge=0)]


class WeirEntry(Entry):
    """How much spills at a head over the crest: k (m^1.5/s), or width and coefficient, or a table."""

    k: Above | None = None
    width_m: Above | None = None
    discharge_coefficient: Above | None = None
    table: list[DischargeEntry] = Field(default=[], max_length=50)
    uncertainty_share: Annotated[float, Field(ge=0, le=1)] = 0.2


class PumpEntry(Entry):
    """A pump as the city file says it. command, running, power: the sensors that tell of it."""

    id: Id
    command: Id | None = None
    running: Id | None = None
    power: Id | None = None
    rated_m3_per_s: Above | None = None


class SensorEntry(Entry):
    """A sensor as the city file says it. low, high: what it can measure; interval_s: how often it should.

    accuracy_m: of a level, as a standard uncertainty.
    """

    id: Id
    quantity: Quantity
    low: float | None = None
    high: float | None = None
    interval_s: Above | None = None
    accuracy_m: Above | None = None
    source: SourceEntry | None = None


class SiteEntry(Placed):
    """A site as the city file says it."""

    kind: SiteKind
    crest_m: Annotated[float, Field(gt=0, le=100)]
    gauge: Id
    receiving_water: Spoken = ""
    guidance: Words = ""
    bottom_m: float = 0.0
    area_m2: Above | None = None
    volumes: list[ContentEntry] = Field(default=[], max_length=50)
    weir: WeirEntry | None = None
    gauge_weights: dict[Id, Annotated[float, Field(ge=0, le=1)]] = Field(default={})
    downstream: Id | None = None
    bathing_site: Spoken = ""
    receiving_water_sensitive: bool | None = None
    people: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    permit: Spoken = ""
    high_level_m: float | None = None
    pumps: list[PumpEntry] = Field(default=[], max_length=12)
    sensors: list[SensorEntry] = Field(default=[], max_length=40)
    guidance_by_kind: dict[Id, Words] = Field(default={})


class CatchmentEntry(Entry):
    """A catchment as the city file says it."""

    id: Id
    zone: Annotated[str, Field(min_length=1, max_length=60)] = "UTC"
    gauges: list[GaugeEntry] = Field(min_length=1)
    sites: list[SiteEntry] = Field(min_length=1)


class City(Entry):
    """The whole file. area: whose control room it is."""

    area: Id
    catchments: list[CatchmentEntry] = Field(min_length=1)

    def catchment_of(self) -> dict[str, str]:
        """The catchment of every site and gauge."""
        return {thing.id: each.id for each in self.catchments for thing in (*each.gauges, *each.sites)}

    def zone(self) -> str:
        """The time zone that the file says for all catchments; empty where it says none, or several."""
        zones = {each.zone if "zone" in each.model_fields_set else "" for each in self.catchments}
        return zones.pop() if len(zones) == 1 else ""
