"""What the API asks of the tables."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, and_, col, func, select, tuple_

from talaia.contracts.vocabulary import Quantity, SignalState
from talaia.stream.views.tables import ViewPlace
from talaia.waste.view.tables import ConditionRow, ForecastRow, GaugeRow, LevelRow, ReadingRow, SignalRow, SiteRow

SiteNow = tuple[SiteRow, LevelRow | None, ForecastRow | None]
SiteKey = tuple[str]
ReadingKey = tuple[datetime, str, str]
ForecastKey = tuple[datetime, str]
SignalKey = tuple[datetime, str]
HOLDS = timedelta(hours=1)
"""For so long after it was issued a forecast says something: as far as its path reaches."""
_STANDS = (SignalState.BEGAN.value, SignalState.CHANGED.value)
_FORECAST_OF_SITE = and_(col(ForecastRow.site) == SiteRow.site, col(ForecastRow.catchment) == SiteRow.catchment)


def sites(session: Session, now: datetime, after: SiteKey | None, limit: int) -> Sequence[SiteNow]:
    """Sites by id after one, each with its newest level and the forecast that holds."""
    query = _sites(now).order_by(col(SiteRow.site)).limit(limit)
    if after is not None:
        query = query.where(col(SiteRow.site) > after[0])
    return [(site, level, forecast) for site, level, forecast in session.execute(query)]


def site(session: Session, now: datetime, name: str) -> SiteNow | None:
    """One site, with its newest level and the forecast that holds."""
    found: SiteNow | None = session.exec(_sites(now).where(col(SiteRow.site) == name)).first()
    return found


def standing(session: Session, sites: Sequence[str]) -> dict[str, list[ConditionRow]]:
    """The conditions that stand of sites and of what is there, by site and id."""
    of_site = and_(col(ConditionRow.site) == SiteRow.site, col(ConditionRow.catchment) == SiteRow.catchment)
    query = select(ConditionRow).join(SiteRow, of_site).order_by(col(ConditionRow.condition))
    found: dict[str, list[ConditionRow]] = {site: [] for site in sites}
    for each in session.exec(query.where(col(ConditionRow.site).in_(sites), col(ConditionRow.state).in_(_STANDS))):
        found[each.site].append(each)
    return found


def is_gauge(session: Session, name: str) -> bool:
    """Whether a rain gauge of this name is configured."""
    return session.get(GaugeRow, name) is not None


def readings(
    session: Session,
    name: str,
    between: tuple[datetime | None, datetime | None],
    quantity: Quantity | None,
    after: ReadingKey | None,
    limit: int,
) -> Sequence[ReadingRow]:
    """Readings of a site by time; between: first moment, and the one before which they end."""
    order = (col(ReadingRow.time), col(ReadingRow.source), col(ReadingRow.measurement))
    query = select(ReadingRow).where(col(ReadingRow.site) == name).order_by(*order).limit(limit)
    start, end = between
    if start is not None:
        query = query.where(col(ReadingRow.time) >= start)
    if end is not None:
        query = query.where(col(ReadingRow.time) < end)
    if quantity is not None:
        query = query.where(col(ReadingRow.quantity) == str(quantity))
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*after))
    return session.exec(query).all()


def forecasts(session: Session, now: datetime, after: ForecastKey | None, limit: int) -> Sequence[ForecastRow]:
    """Forecasts that hold, by the time left until the crest is reached; those that do not reach it last."""
    order = (col(ForecastRow.rank_at), col(ForecastRow.site))
    query = select(ForecastRow).join(SiteRow, _FORECAST_OF_SITE).order_by(*order).limit(limit)
    query = query.where(col(ForecastRow.issued_at) >= now - HOLDS)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*after))
    return session.exec(query).all()


def signals(session: Session, site: str | None, kind: str | None, before: SignalKey | None, limit: int) -> Sequence[SignalRow]:
    """What was said of conditions, the newest first; of one site, of one kind, where asked for."""
    order = (col(SignalRow.at), col(SignalRow.id))
    query = select(SignalRow).order_by(*(column.desc() for column in order)).limit(limit)
    if site is not None:
        query = query.where(col(SignalRow.site) == site)
    if kind is not None:
        query = query.where(col(SignalRow.kind) == kind)
    if before is not None:
        query = query.where(tuple_(*order) < tuple_(*before))
    return session.exec(query).all()


def signal(session: Session, name: str) -> SignalRow | None:
    """One signal."""
    return session.get(SignalRow, name)


def catchments(session: Session) -> dict[str, str]:
    """The catchment of every site and gauge."""
    sites = session.exec(select(SiteRow.site, SiteRow.catchment)).all()
    return gauges(session) | dict(sites)


def gauges(session: Session) -> dict[str, str]:
    """The catchment of every rain gauge."""
    return dict(session.exec(select(GaugeRow.gauge, GaugeRow.catchment)).all())


def projected(session: Session) -> dict[str, tuple[int, int]]:
    """Events taken into the view and skipped as unreadable, by topic."""
    query = select(ViewPlace.topic, func.sum(ViewPlace.taken), func.sum(ViewPlace.skipped)).group_by(col(ViewPlace.topic))
    return {topic: (int(taken), int(skipped)) for topic, taken, skipped in session.execute(query)}


def counted(session: Session, column: Any) -> dict[Any, int]:
    """Rows of a table by the value of one of its columns."""
    rows = session.execute(select(column, func.count()).group_by(column))
    return {row[0]: row[1] for row in rows}


def _sites(now: datetime) -> Any:
    holds = and_(_FORECAST_OF_SITE, col(ForecastRow.issued_at) >= now - HOLDS)
    return (
        select(SiteRow, LevelRow, ForecastRow)
        .join(LevelRow, col(LevelRow.site) == SiteRow.site, isouter=True)
        .join(ForecastRow, holds, isouter=True)
    )
