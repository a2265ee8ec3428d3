"""What the API says."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from talaia.contracts.vocabulary import Flag, Method, Quantity, SiteKind
from talaia.waste.api.site_state import ConditionAnswer, SiteState, state
from talaia.waste.view.queries import SiteNow
from talaia.waste.view.tables import ConditionRow, ForecastRow, LevelRow, ReadingRow

STEADY_M_PER_MIN = 0.001
"""A level that changes by less than a millimetre a minute is called steady."""


class Trend(StrEnum):
    """Where a level goes."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


class Place(BaseModel):
    """WGS 84, degrees."""

    lat: float
    lon: float


class LevelAnswer(BaseModel):
    """The newest level of a site, by the time it was measured."""

    time: datetime
    level_m: float
    percent_of_crest: float
    flag: Flag = Field(description="QARTOD: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing")


class PathPointAnswer(BaseModel):
    """Level expected at a time; four of five fall between low_m and high_m, null while that is not known."""

    time: datetime
    level_m: float
    low_m: float | None
    high_m: float | None


class ForecastAnswer(BaseModel):
    """A forecast as it stands. minutes_to_overflow: from issued_at on; null while the path stays under the crest.

    soonest_min, latest_min: four of five times to overflow fall between. probability: that the crest is reached within
    30 minutes. warning: expected within 30 minutes; watch: within 60.
    """

    site: str
    catchment: str
    issued_at: datetime
    method: Method
    level_m: float
    crest_m: float
    slope_m_per_min: float
    rain_mm_30min: float
    minutes_to_overflow: float | None
    expected_at: datetime | None
    soonest_min: float | None
    latest_min: float | None
    probability: float | None
    warning: bool
    watch: bool
    learnt_steps: int
    configuration: str
    path: list[PathPointAnswer]


class SiteAnswer(BaseModel):
    """A site now; what is not known is null. forecast: one of the last hour, older ones say nothing any more."""

    site: str
    catchment: str
    kind: SiteKind
    name: str
    crest_m: float
    gauge: str
    receiving_water: str
    place: Place | None
    state: SiteState = Field(description="unknown: no level for an hour, or its sensor is silent, flat or out of range")
    level: LevelAnswer | None
    trend: Trend | None
    forecast: ForecastAnswer | None
    conditions: list[ConditionAnswer] = Field(description="that stand, of the site and of its pumps and sensors")


class ReadingAnswer(BaseModel):
    """A measurement after quality control. source, measurement: its identity; test, reason: why it is not good."""

    source: str
    measurement: str
    site: str
    sensor: str
    quantity: Quantity
    time: datetime
    recorded_at: datetime
    value: float
    unit: str
    flag: Flag
    test: str | None
    reason: str | None
    late: bool


class Projected(BaseModel):
    """Events of one topic: taken into the view, and skipped because they could not be read."""

    taken: int
    skipped: int


class SummaryAnswer(BaseModel):
    """What the view took in and holds; readings and forecasts of the last 30 days."""

    sites: int
    events: dict[str, Projected] = Field(description="by topic, since the view was made")
    readings_by_flag: dict[str, int] = Field(description="by QARTOD flag")
    forecasts_by_method: dict[str, int]


class ItemAnswer(BaseModel):
    """What became of one measurement. item: its place in the request, from 0.

    id: under which it was accepted; reason, detail: why it was not.
    """

    item: int
    accepted: bool
    id: str | None
    reason: str | None
    detail: str | None


class AcceptedAnswer(BaseModel):
    """What became of the measurements of a request, in their order."""

    accepted: int
    refused: int
    items: list[ItemAnswer]


def counts(found: dict[Any, int]) -> dict[str, int]:
    """Counts by a value, by its name."""
    return {str(value): count for value, count in sorted(found.items())}


def site_answer(found: SiteNow, conditions: Sequence[ConditionRow], now: datetime) -> SiteAnswer:
    """A site as it is shown. conditions: that stand there."""
    site, level, forecast = found
    return SiteAnswer(
        **site.model_dump(include={"site", "catchment", "name", "crest_m", "gauge", "receiving_water"}),
        kind=SiteKind(site.kind),
        place=None if site.lat is None or site.lon is None else Place(lat=site.lat, lon=site.lon),
        state=state(level, conditions, now),
        level=None if level is None else _level(level, site.crest_m),
        trend=None if forecast is None else _trend(forecast.slope_m_per_min),
        forecast=None if forecast is None else forecast_answer(forecast),
        conditions=[ConditionAnswer.model_validate(each.model_dump()) for each in conditions],
    )


def forecast_answer(row: ForecastRow) -> ForecastAnswer:
    """A forecast as it is shown."""
    return ForecastAnswer.model_validate(row.model_dump())


def reading_answer(row: ReadingRow) -> ReadingAnswer:
    """A reading as it is shown."""
    return ReadingAnswer.model_validate(row.model_dump())


def _level(row: LevelRow, crest_m: float) -> LevelAnswer:
    percent = round(100 * row.level_m / crest_m, 1)
    return LevelAnswer(time=row.time, level_m=row.level_m, percent_of_crest=percent, flag=Flag(row.flag))


def _trend(slope_m_per_min: float) -> Trend:
    if abs(slope_m_per_min) < STEADY_M_PER_MIN:
        return Trend.STEADY
    return Trend.RISING if slope_m_per_min > 0 else Trend.FALLING
