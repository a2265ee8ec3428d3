"""Alarm load: how much each position had to bear in a time (ISA-18.2, EEMUA 191)."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from talaia.alerts.api.desk import AtDesk
from talaia.alerts.view import queries
from talaia.alerts.view.kpis import kpis, whole_periods
from talaia.contracts.vocabulary import Role
from talaia.web.access import GuardedRoute, require
from talaia.web.problem import Problem, declared
from talaia.web.view_app import Reading
from talaia.web.when import When

router = APIRouter(prefix="/v1", tags=["load"], dependencies=[require(Role.VIEWER)], route_class=GuardedRoute)

SHIFT = timedelta(hours=12)
LONGEST = timedelta(days=31)


class KpisAnswer(BaseModel):
    """Figures by position, counted from the journal between two whole marks of ten minutes (UTC)."""

    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    positions: dict[str, dict[str, Any]] = Field(
        description="by position: announcements, their means per 10 minutes, hour and day, floods, top ten, silent reasons, "
        "activations, fleeting and stale ones, time to acknowledge, verdicts, what was shelved, suppressed and out of service"
    )


@router.get("/kpis", responses=declared(409))
def load(
    desk: AtDesk,
    session: Reading,
    since: Annotated[When | None, Query(description="else twelve hours before the end")] = None,
    until: Annotated[When | None, Query(description="else now")] = None,
    area: Annotated[str | None, Query(max_length=200)] = None,
) -> KpisAnswer:
    """Of a time of at most 31 days; announcements are counted, never acts."""
    last = until or desk.now(queries.sources(session))
    first = since or last - SHIFT
    if not timedelta() <= last - first <= LONGEST:
        raise Problem(
            409, "time_range", f"`until` must be after `since`, by {LONGEST.days} days at most: ask for a month at a time."
        )
    start, end = whole_periods(first, last)
    return KpisAnswer.model_validate(kpis(queries.transitions(session, start, end, area), start, end))
