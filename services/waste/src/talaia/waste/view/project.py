"""Topics to tables."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel, col, delete, func, select

from talaia.contracts.alerts import Signalled
from talaia.contracts.catalogue import EQUIPMENT, FORECASTS, MEASUREMENTS, READINGS, SCORES, SIGNALS, SPILLS
from talaia.contracts.catchment import Catchment, Gauge, Site
from talaia.contracts.envelope import sequence
from talaia.contracts.equipment import Assessed
from talaia.contracts.scores import Scored
from talaia.contracts.spills import MonthWatched, SpillRecorded
from talaia.contracts.vocabulary import Quantity
from talaia.contracts.waste import Configured, Forecasted, PathPoint, Read
from talaia.stream.views.rows import keep_first, keep_newest
from talaia.stream.views.tables import ViewPlace
from talaia.stream.views.view import Arrival, View
from talaia.waste.view import probabilities, spills, words
from talaia.waste.view.score_tables import IssuedRow, ScoreRow
from talaia.waste.view.tables import (
    TABLES,
    ConditionRow,
    EquipmentRow,
    ForecastRow,
    GaugeRow,
    LevelRow,
    ReadingRow,
    SignalRow,
    SiteRow,
    SpillRow,
    WatchRow,
)

KEPT = timedelta(days=30)
"""As long as the topics keep readings."""
FAR_AWAY = datetime(9999, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def project(session: Session, arrivals: Sequence[Arrival]) -> None:
    """Write what arrived."""
    old = _old(session)
    if old is not None:
        probabilities.settle(session, old)
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {table: [] for table in KEEP}
    levels: list[tuple[Read, str]] = []
    for arrival in arrivals:
        event, position = arrival.event, arrival.position
        if isinstance(event, Read):
            rows[ReadingRow].append(_reading(event, position))
            if event.data.quantity is Quantity.LEVEL:
                levels.append((event, position))
        elif isinstance(event, Configured):
            if event.data.catchment == arrival.key:
                _configure(session, event.data)
        elif not isinstance(event, Signalled) or event.source.startswith(words.OURS):
            for table, row in ROWS.get(type(event), ()):
                rows[table].append(row(event, position))
    rows[LevelRow] = _levels(levels)
    for table, keep in KEEP.items():
        keep(session, table, rows[table])
    if old is not None:
        _forget(session, old)


VIEW = View(
    name="waste",
    tables=TABLES,
    topics=(MEASUREMENTS, READINGS, FORECASTS, SCORES, EQUIPMENT, SPILLS, SIGNALS),
    dated_by=(READINGS, FORECASTS),
    project=project,
)


def _configure(session: Session, data: Catchment) -> None:
    """The catchment's sites and gauges, and no others; a site that two catchments name is of the one configured last."""
    for table in (SiteRow, GaugeRow):
        session.connection().execute(delete(table).where(col(table.catchment) == data.catchment))
    # positions of different catchments do not compare
    valid_from_s = max(data.valid_from - _EPOCH, timedelta()) // timedelta(seconds=1)
    of = {"catchment": data.catchment, "position": sequence(valid_from_s)}
    keep_newest(session, SiteRow, [of | _site(site) for site in data.sites])
    keep_newest(session, GaugeRow, [of | {"gauge": gauge.id, "name": gauge.name} | _place(gauge) for gauge in data.gauges])


def _site(site: Site) -> dict[str, Any]:
    return {
        "site": site.id,
        "kind": str(site.kind),
        "name": site.name,
        "crest_m": site.crest_m,
        "gauge": site.gauge,
        "receiving_water": site.receiving_water,
        "bathing_site": site.bathing_site,
        "permit": site.permit,
    } | _place(site)


def _place(thing: Site | Gauge) -> dict[str, float | None]:
    place = thing.place or None
    return {"lat": None if place is None else place.lat, "lon": None if place is None else place.lon}


def _reading(event: Read, position: str) -> dict[str, Any]:
    data = event.data
    return {
        "source": event.source,
        "measurement": data.measurement,
        "site": data.site,
        "sensor": data.sensor,
        "quantity": str(data.quantity),
        "time": event.time,
        "recorded_at": event.recordedtime,
        "value": data.value,
        "unit": str(data.unit),
        "flag": int(data.flag),
        "test": data.test or None,
        "reason": data.reason or None,
        "late": data.late,
        "position": position,
    }


def _levels(read: Sequence[tuple[Read, str]]) -> list[dict[str, Any]]:
    """The newest level of each site, of events and their positions: a small part of a large batch."""
    newest = {event.data.site: (event, position) for event, position in sorted(read, key=_measured)}
    return [_level(event, position) for event, position in newest.values()]


def _measured(read: tuple[Read, str]) -> tuple[datetime, str]:
    event, position = read
    return event.time.astimezone(UTC), position


def _level(event: Read, position: str) -> dict[str, Any]:
    measured = event.time.astimezone(UTC).isoformat(timespec="microseconds")
    return {
        "site": event.data.site,
        "sensor": event.data.sensor,
        "time": event.time,
        "level_m": event.data.value,
        "flag": int(event.data.flag),
        "position": f"{measured}/{position}",
    }


def _forecast(event: Forecasted, position: str) -> dict[str, Any]:
    data = event.data
    return {
        "site": data.site,
        "catchment": data.catchment,
        "issued_at": data.issued_at,
        "method": str(data.method),
        "level_m": data.level_m,
        "crest_m": data.crest_m,
        "slope_m_per_min": data.slope_m_per_min,
        "rain_mm_30min": data.rain_mm_30min,
        "minutes_to_overflow": data.minutes_to_overflow,
        "expected_at": data.expected_at,
        "rank_at": data.expected_at or FAR_AWAY,
        "soonest_min": words.known(data.soonest_min),
        "latest_min": words.known(data.latest_min),
        "probability": words.known(data.probability),
        "warning": data.warning,
        "watch": data.watch,
        "learnt_steps": data.learnt_steps,
        "configuration": data.configuration,
        "path": _path(data.path),
        "position": position,
    }


def _issued(event: Forecasted, _: str) -> dict[str, Any]:
    data = event.data
    return {
        "id": event.id,
        "site": data.site,
        "issued_at": data.issued_at,
        "method": str(data.method),
        "probability": words.known(data.probability),
    }


def _path(points: Sequence[PathPoint]) -> list[dict[str, Any]]:
    return [
        {
            "time": point.time.isoformat(),
            "level_m": point.level_m,
            "low_m": words.known(point.low_m),
            "high_m": words.known(point.high_m),
        }
        for point in points
    ]


def _old(session: Session) -> datetime | None:
    """What is before is older than the topics keep, by the newest reading of all: so it does not matter which come together."""
    now = session.exec(select(func.max(ViewPlace.clock)).where(ViewPlace.topic == READINGS.name)).one()
    return None if now is None else now - KEPT


def _forget(session: Session, old: datetime) -> None:
    session.connection().execute(delete(ReadingRow).where(col(ReadingRow.recorded_at) < old))
    session.connection().execute(delete(IssuedRow).where(col(IssuedRow.issued_at) < old))
    session.connection().execute(delete(SignalRow).where(col(SignalRow.at) < old))


ROWS: Mapping[type, tuple[tuple[type[SQLModel], Callable[[Any, str], dict[str, Any]]], ...]] = {
    Forecasted: ((ForecastRow, _forecast), (IssuedRow, _issued)),
    Signalled: ((SignalRow, words.signal), (ConditionRow, words.condition)),
    Scored: ((ScoreRow, words.score),),
    Assessed: ((EquipmentRow, words.assessed),),
    SpillRecorded: ((SpillRow, spills.row),),
    MonthWatched: ((WatchRow, spills.row),),
}
"""By event type: which rows it becomes. Readings go another way, for there are many."""
KEEP: Mapping[type[SQLModel], Callable[[Session, type[SQLModel], Sequence[dict[str, Any]]], None]] = {
    ReadingRow: keep_newest,
    LevelRow: keep_newest,
    ForecastRow: keep_newest,
    IssuedRow: keep_first,
    ScoreRow: keep_first,
    SignalRow: keep_first,
    ConditionRow: keep_newest,
    EquipmentRow: keep_newest,
    SpillRow: keep_newest,
    WatchRow: keep_newest,
}
