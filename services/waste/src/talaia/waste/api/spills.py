"""The record of spills: for the operator, for the public, and as the tables that a regulator is sent."""

from datetime import datetime, timedelta
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from talaia.contracts.vocabulary import Role, VolumeMethod
from talaia.waste.api.returns import annual_return, event_list
from talaia.waste.api.standing import SpillStatus, status
from talaia.waste.view import spills as record
from talaia.waste.view.tables import SpillRow
from talaia.web.access import GuardedRoute, anyone, require
from talaia.web.csv_lines import A_TABLE, streamed
from talaia.web.live import a_stream
from talaia.web.paging import PageOf, Paging, paged
from talaia.web.problem import Problem, declared
from talaia.web.view_app import Reading, door_time
from talaia.web.when import When

router = APIRouter(prefix="/v1", tags=["spills"], route_class=GuardedRoute, responses=declared(503))
TABLE: dict[str, Any] = {"response_class": StreamingResponse, "dependencies": [require(Role.VIEWER), a_stream()]}
LONGEST = timedelta(days=366)
"""Of a table of spills: a local year."""
Start = Annotated[When, Query(description="started at or after")]
End = Annotated[When, Query(description="started before")]


class SpanAnswer(BaseModel):
    """From one moment to another."""

    start: datetime
    end: datetime


class YearAnswer(BaseModel):
    """A spill in one local year. counted: the 12/24 count of its site up to it; duration_s: of the spill in that year."""

    year: int
    counted: int
    duration_s: float


class SpillAnswer(BaseModel):
    """A spill as it is known now. end, volume_m3: null while it lasts; volume_m3 also without a weir law."""

    spill_id: str
    site: str
    catchment: str
    start: datetime
    end: datetime | None
    duration_s: float = Field(description="so far, while it lasts")
    volume_m3: float | None
    volume_uncertainty_m3: float | None = Field(description="standard uncertainty")
    volume_method: VolumeMethod
    dry_weather: bool | None = Field(description="null when nobody knows")
    provisional: bool = Field(description="rain to come may still make it a wet one")
    withdrawn: bool = Field(description="late readings showed that there was none")
    gaps: list[SpanAnswer] = Field(description="in which no level is known")
    counted: list[YearAnswer]
    receiving_water: str
    bathing_site: str
    volume_since: datetime | None = Field(description="the volume is of the time from here on; null: of the whole spill")
    end_unknown: str = Field(description="why nobody will know when it ended; empty while it lasts, or where that is known")


@router.get("/spills", dependencies=[require(Role.VIEWER)], responses=declared(404))
def spills(
    view: Reading,
    page: Annotated[Paging, paged(datetime, str)],
    site: Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")] = None,
    start: Start | None = None,
    end: End | None = None,
) -> PageOf[SpillAnswer]:
    """Spills, the newest first, withdrawn ones among them."""
    rows = record.spills(view, site, (start, end), cast("record.SpillKey | None", page.after), page.limit + 1)
    return page.page(rows, _answer, lambda row: (row.start, row.spill_id))


@router.get("/spills.csv", **TABLE, responses=A_TABLE | declared(409))
def spills_table(request: Request, start: Start, end: End) -> StreamingResponse:
    """Spills that stand and started in a span of at most 366 days, the newest first: a line each."""
    if not timedelta() < end - start <= LONGEST:
        raise Problem(
            409, "time_range", f"`end` must be after `start`, by {LONGEST.days} days at most: ask for a year at a time."
        )
    reading = request.app.state.projection.session
    with reading() as view:
        sites = record.configured(view)
    return streamed(event_list(record.every(reading, (start, end)), sites))


@router.get("/annual-return.csv", **TABLE, responses=A_TABLE)
def annual_return_table(request: Request, year: Annotated[int, Query(ge=1900, le=9998)]) -> StreamingResponse:
    """Each site in a year: counted spills (12/24), their total duration, percent of time that its sensor was operational."""
    reading = request.app.state.projection.session
    with reading() as view:
        sites, months = record.configured(view), record.months(view, year, door_time(request))
    return streamed(annual_return(year, sites, record.of_year(reading, year), months))


@router.get("/public/spills", dependencies=[anyone()], responses=declared(404))
def public_spills(request: Request, view: Reading, page: Annotated[Paging, paged(str)]) -> PageOf[SpillStatus]:
    """Whether each site spills now, and its last spill: open to everybody."""
    after = None if page.after is None else page.after[0]
    now = door_time(request)
    return page.page(record.standing(view, after, page.limit + 1), lambda each: status(each, now), lambda each: (each.site.site,))


def _answer(row: SpillRow) -> SpillAnswer:
    return SpillAnswer.model_validate(row.model_dump())
