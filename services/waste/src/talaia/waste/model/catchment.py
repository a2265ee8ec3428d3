"""A catchment as the city configured it: rain gauges, sites with pumps, sensors and weirs."""

import msgspec

from talaia.contracts.vocabulary import Quantity, SiteKind


class Gauge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rain gauge. interval_s: how often it should report, where that is known."""

    id: str
    name: str = ""
    lat: float | None = None
    lon: float | None = None
    interval_s: float | None = None


class Discharge(msgspec.Struct, frozen=True, kw_only=True):
    """What flows over a weir at a head over the crest."""

    head_m: float
    flow_m3_per_s: float


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """How much a site holds at a level."""

    level_m: float
    content_m3: float


class Weir(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much spills at a head over the crest.

    k: flow = k h^1.5, in m^1.5/s; else width_m and discharge_coefficient; else a table.
    """

    k: float | None = None
    width_m: float | None = None
    discharge_coefficient: float | None = None
    table: tuple[Discharge, ...] = ()
    uncertainty_share: float = 0.2


class Pump(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A pump. command, running, power: the sensors that tell of it, empty where there are none."""

    id: str
    command: str = ""
    running: str = ""
    power: str = ""
    rated_m3_per_s: float | None = None

    @property
    def sensors(self) -> tuple[str, ...]:
        """The sensors that tell of it."""
        return tuple(name for name in (self.command, self.running, self.power) if name)


class SensorSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a sensor. low, high: what it can measure; interval_s: how often it should.

    accuracy_m: of a level, as a standard uncertainty.
    """

    id: str
    quantity: Quantity
    low: float | None = None
    high: float | None = None
    interval_s: float | None = None
    accuracy_m: float | None = None


class Site(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place where water may spill. lat, lon: WGS 84, degrees.

    area_m2: of the water table; volumes: a table instead. gauge: whose days say whether a spill is in dry weather.
    gauge_weights: share of each gauge in the site's rain, where more than that one counts. high_level_m: a level that is
    told in any case. receiving_water_sensitive: a sensitive area, as the law on waste water has it, or protected otherwise;
    people: who live or work where its spills go.
    """

    id: str
    kind: SiteKind
    crest_m: float
    gauge: str
    name: str = ""
    lat: float | None = None
    lon: float | None = None
    receiving_water: str = ""
    guidance: str = ""
    bottom_m: float = 0.0
    area_m2: float | None = None
    volumes: tuple[Content, ...] = ()
    weir: Weir | None = None
    gauge_weights: dict[str, float] = {}
    downstream: str = ""
    bathing_site: str = ""
    receiving_water_sensitive: bool = False
    people: int = 0
    permit: str = ""
    high_level_m: float | None = None
    pumps: tuple[Pump, ...] = ()
    sensors: tuple[SensorSpec, ...] = ()
    guidance_by_kind: dict[str, str] = {}

    @property
    def own_rain(self) -> str:
        """Name of its rain among the rows of a view of the rain: its gauge, or a mixture of several of its own."""
        return f"site/{self.id}" if self.gauge_weights else self.gauge

    @property
    def named_sensors(self) -> frozenset[str]:
        """Ids of all sensors that the configuration names; others may tell of the site as well."""
        return frozenset([sensor.id for sensor in self.sensors] + [name for pump in self.pumps for name in pump.sensors])

    def area_at(self, level_m: float) -> float | None:
        """Of the water table, square metres: as configured, else by how the content grows between two rows of its table.

        Under the table and over it its first and last rows tell. None where neither is configured.
        """
        if self.area_m2 is not None or len(self.volumes) < 2:
            return self.area_m2
        place = next((n for n, row in enumerate(self.volumes[1:-1], start=1) if level_m < row.level_m), len(self.volumes) - 1)
        low, high = self.volumes[place - 1], self.volumes[place]
        return (high.content_m3 - low.content_m3) / (high.level_m - low.level_m)

    def pump_of(self, sensor: str) -> Pump | None:
        """The pump of which a sensor tells."""
        for pump in self.pumps:
            if sensor in (pump.command, pump.running, pump.power) and sensor:
                return pump
        return None
