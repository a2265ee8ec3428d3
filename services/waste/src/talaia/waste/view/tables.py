"""What the waste API shows, by table. Rows keep the greatest `position` of their key."""

from datetime import datetime
from typing import Any

from sqlmodel import JSON, Field, Index, SQLModel

from talaia.stream.views.tables import UtcTime
from talaia.waste.view.score_tables import IssuedRow, JudgedRow, ScoreRow


class SiteRow(SQLModel, table=True):
    """A configured site. lat, lon: degrees, WGS 84. position: since when its catchment is configured so."""

    __tablename__ = "waste_sites"

    site: str = Field(primary_key=True)
    catchment: str = Field(index=True)
    kind: str
    name: str
    crest_m: float
    gauge: str
    lat: float | None
    lon: float | None
    receiving_water: str
    bathing_site: str
    permit: str
    position: str


class GaugeRow(SQLModel, table=True):
    """A configured rain gauge."""

    __tablename__ = "waste_gauges"

    gauge: str = Field(primary_key=True)
    catchment: str = Field(index=True)
    name: str
    lat: float | None
    lon: float | None
    position: str


class ReadingRow(SQLModel, table=True):
    """A measurement as it was last judged; source and measurement are its identity."""

    __tablename__ = "waste_readings"
    __table_args__ = (Index("waste_readings_of_site", "site", "time", "source", "measurement"),)

    source: str = Field(primary_key=True)
    measurement: str = Field(primary_key=True)
    site: str
    sensor: str
    quantity: str
    time: datetime = Field(sa_type=UtcTime)
    recorded_at: datetime = Field(sa_type=UtcTime, index=True)
    value: float
    unit: str
    flag: int = Field(index=True)
    test: str | None
    reason: str | None
    late: bool
    position: str


class LevelRow(SQLModel, table=True):
    """The newest level of a site, by the time it was measured: a late one does not take its place."""

    __tablename__ = "waste_levels"

    site: str = Field(primary_key=True)
    sensor: str
    time: datetime = Field(sa_type=UtcTime)
    level_m: float
    flag: int
    position: str


class ForecastRow(SQLModel, table=True):
    """The forecast of a site as it stands. rank_at: when the crest is expected, far away when it is not.

    One of each catchment that ever had the site: positions of different catchments do not compare.
    """

    __tablename__ = "waste_forecasts"

    site: str = Field(primary_key=True)
    catchment: str = Field(primary_key=True)
    issued_at: datetime = Field(sa_type=UtcTime)
    method: str
    level_m: float
    crest_m: float
    slope_m_per_min: float
    rain_mm_30min: float
    minutes_to_overflow: float | None
    expected_at: datetime | None = Field(sa_type=UtcTime)
    rank_at: datetime = Field(sa_type=UtcTime, index=True)
    soonest_min: float | None
    latest_min: float | None
    probability: float | None
    warning: bool
    watch: bool
    learnt_steps: int
    configuration: str
    path: list[dict[str, Any]] = Field(sa_type=JSON)
    position: str


class EquipmentRow(SQLModel, table=True):
    """The pumps of a site as they stand, one row of each catchment that ever had it: as of forecasts.

    conditions: of what they share; pumps: each as on the bus.
    """

    __tablename__ = "waste_equipment"

    site: str = Field(primary_key=True)
    catchment: str = Field(primary_key=True)
    assessed_at: datetime = Field(sa_type=UtcTime)
    conditions: list[str] = Field(sa_type=JSON)
    pumps: list[dict[str, Any]] = Field(sa_type=JSON)
    position: str


class SignalRow(SQLModel, table=True):
    """What the service said of a condition, with the evidence for it."""

    __tablename__ = "waste_signals"
    __table_args__ = (Index("waste_signals_of_site", "site", "at", "id"),)

    id: str = Field(primary_key=True)
    condition: str
    kind: str
    subject: str
    site: str
    state: str
    at: datetime = Field(sa_type=UtcTime, index=True)
    priority: str | None
    probability: float | None
    expected_at: datetime | None = Field(sa_type=UtcTime)
    became: str | None
    guidance: str | None
    evidence: dict[str, Any] | None = Field(sa_type=JSON)


class ConditionRow(SQLModel, table=True):
    """A condition by the last word on it; of each catchment that ever had its site: as of forecasts."""

    __tablename__ = "waste_conditions"

    condition: str = Field(primary_key=True)
    catchment: str = Field(primary_key=True)
    kind: str
    subject: str
    site: str = Field(index=True)
    state: str
    said_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime | None = Field(sa_type=UtcTime)
    priority: str | None
    position: str


class SpillRow(SQLModel, table=True):
    """A spill as it was last said. gaps, counted: as in `talaia.contracts.spills.Spill`."""

    __tablename__ = "waste_spills"
    __table_args__ = (Index("waste_spills_by_start", "start", "spill_id"), Index("waste_spills_of_site", "site", "start"))

    spill_id: str = Field(primary_key=True)
    catchment: str = Field(primary_key=True)
    site: str
    start: datetime = Field(sa_type=UtcTime)
    end: datetime | None = Field(sa_type=UtcTime)
    duration_s: float
    volume_m3: float | None
    volume_uncertainty_m3: float | None
    volume_method: str
    dry_weather: bool | None
    provisional: bool
    withdrawn: bool
    gaps: list[dict[str, Any]] = Field(sa_type=JSON)
    counted: list[dict[str, Any]] = Field(sa_type=JSON)
    receiving_water: str
    bathing_site: str
    volume_since: datetime | None = Field(sa_type=UtcTime)
    end_unknown: str
    position: str

    @property
    def lasts(self) -> bool:
        """Whether it is not over, as far as is known."""
        return self.end is None and not self.end_unknown


class WatchRow(SQLModel, table=True):
    """For how long of a month the level of a site was known."""

    __tablename__ = "waste_watched_months"

    site: str = Field(primary_key=True)
    catchment: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    start: datetime = Field(sa_type=UtcTime)
    end: datetime = Field(sa_type=UtcTime)
    known_s: float
    position: str


TABLES: tuple[type[SQLModel], ...] = (
    *(SiteRow, GaugeRow, ReadingRow, LevelRow, ForecastRow, IssuedRow, ScoreRow, SignalRow),
    *(EquipmentRow, SpillRow, WatchRow, ConditionRow, JudgedRow),
)
