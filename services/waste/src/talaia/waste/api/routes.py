"""What is shown: sites, their measurements and forecasts."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Path, Query, Request
from sqlmodel import Session

from talaia.contracts.vocabulary import Quantity, Role
from talaia.waste.api.answers import (
    ForecastAnswer,
    Projected,
    ReadingAnswer,
    SiteAnswer,
    SummaryAnswer,
    counts,
    forecast_answer,
    reading_answer,
    site_answer,
)
from talaia.waste.view import queries
from talaia.waste.view.score_tables import IssuedRow
from talaia.waste.view.tables import ReadingRow, SiteRow
from talaia.web.access import GuardedRoute, require
from talaia.web.paging import PageOf, Paging, paged
from talaia.web.problem import declared, not_found
from talaia.web.view_app import Reading, door_time
from talaia.web.when import When

router = APIRouter(prefix="/v1", dependencies=[require(Role.VIEWER)], route_class=GuardedRoute, responses=declared(503))
SiteId = Annotated[str, Path(max_length=200, pattern=r"^[^\x00-\x1f]+$")]


@router.get("/sites", tags=["sites"], responses=declared(404))
def sites(request: Request, view: Reading, page: Annotated[Paging, paged(str)]) -> PageOf[SiteAnswer]:
    """All sites now: how they stand, level, share of the crest, trend, quality flag, forecast, conditions."""
    now = door_time(request)
    rows = queries.sites(view, now, cast("queries.SiteKey | None", page.after), page.limit + 1)
    stand = queries.standing(view, [site.site for site, _, _ in rows])
    return page.page(rows, lambda row: site_answer(row, stand[row[0].site], now), lambda row: (row[0].site,))


@router.get("/sites/{site}", tags=["sites"], responses=declared(404))
def one_site(request: Request, view: Reading, site: SiteId) -> SiteAnswer:
    """One site now."""
    now = door_time(request)
    return site_answer(_known(view, site, now), queries.standing(view, [site])[site], now)


@router.get("/sites/{site}/measurements", tags=["sites"], responses=declared(404))
def measurements(
    request: Request,
    view: Reading,
    site: SiteId,
    page: Annotated[Paging, paged(datetime, str, str)],
    start: Annotated[When | None, Query(description="measured at or after")] = None,
    end: Annotated[When | None, Query(description="measured before")] = None,
    quantity: Quantity | None = None,
) -> PageOf[ReadingAnswer]:
    """Measurements of a site or a rain gauge after quality control, by the time they were measured."""
    if not queries.is_gauge(view, site):
        _known(view, site, door_time(request))
    rows = queries.readings(view, site, (start, end), quantity, cast("queries.ReadingKey | None", page.after), page.limit + 1)
    return page.page(rows, reading_answer, lambda row: (row.time, row.source, row.measurement))


@router.get("/sites/{site}/forecast", tags=["forecasts"], responses=declared(404))
def one_forecast(request: Request, view: Reading, site: SiteId) -> ForecastAnswer:
    """The forecast of a site as it stands, with its path; none that is older than an hour."""
    row = _known(view, site, door_time(request))[2]
    if row is None:
        raise not_found("forecast of the last hour")
    return forecast_answer(row)


@router.get("/forecasts", tags=["forecasts"], responses=declared(404))
def forecasts(request: Request, view: Reading, page: Annotated[Paging, paged(datetime, str)]) -> PageOf[ForecastAnswer]:
    """Forecasts of the last hour as they stand, by the time left until overflow; those without come last."""
    rows = queries.forecasts(view, door_time(request), cast("queries.ForecastKey | None", page.after), page.limit + 1)
    return page.page(rows, forecast_answer, lambda row: (row.rank_at, row.site))


@router.get("/summary", tags=["operation"])
def summary(view: Reading) -> SummaryAnswer:
    """What the view took in and holds."""
    projected = queries.projected(view)
    return SummaryAnswer(
        sites=sum(queries.counted(view, SiteRow.kind).values()),
        events={topic: Projected(taken=taken, skipped=skipped) for topic, (taken, skipped) in projected.items()},
        readings_by_flag=counts(queries.counted(view, ReadingRow.flag)),
        forecasts_by_method=counts(queries.counted(view, IssuedRow.method)),
    )


def _known(view: Session, site: str, now: datetime) -> queries.SiteNow:
    found = queries.site(view, now, site)
    if found is None:
        raise not_found("site")
    return found
