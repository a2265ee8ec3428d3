"""Incidents: alarms that belong together, which of them came first, what became of it."""

from datetime import datetime
from typing import Annotated, Self

import msgspec
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from talaia.alerts.view import incidents as asked
from talaia.alerts.view.incidents import Opened
from talaia.alerts.view.tables import IncidentRow
from talaia.contracts.vocabulary import Certainty, Role
from talaia.web.access import GuardedRoute, require
from talaia.web.paging import PageOf, Paging, paged
from talaia.web.problem import declared, not_found
from talaia.web.view_app import Reading

router = APIRouter(prefix="/v1", tags=["incidents"], dependencies=[require(Role.VIEWER)], route_class=GuardedRoute)


class IncidentItem(BaseModel):
    """An incident. first_out: the condition that was activated first; members: conditions, in the order in which they came.

    title: what is wrong, and where. certainty: how sure that is, with its reasons. closed_by: who closed it, if a person did.
    standing: how many of them are neither normal nor acknowledged. merged_into: the older incident that has its members now.
    """

    incident_id: str
    area: str
    opened_at: datetime
    first_out: str
    members: list[str]
    member_count: int
    standing: int
    domains: list[str]
    merged_into: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    title: str = ""
    certainty: Certainty = Certainty.SINGLE_SOURCE
    reasons: list[str] = []

    @classmethod
    def of(cls, row: IncidentRow) -> Self:
        """A row as an answer."""
        return cls.model_validate(msgspec.json.decode(row.document))


@router.get("/incidents", responses=declared(404))
def incidents(
    session: Reading,
    page: Annotated[Paging, paged(int, str)],
    area: Annotated[str | None, Query(max_length=200)] = None,
    open: Annotated[bool, Query(description="only those that are neither closed nor merged")] = False,
) -> PageOf[IncidentItem]:
    """Incidents, newest first."""
    after = None if page.after is None else Opened(*page.after)
    rows = asked.incidents(session, page.limit + 1, after, area=area, open_only=open)
    return page.page(rows, item=IncidentItem.of, key=Opened.of)


@router.get("/incidents/{incident_id}", responses=declared(404))
def incident(session: Reading, incident_id: Annotated[str, Path(min_length=1, max_length=200)]) -> IncidentItem:
    """One incident."""
    row = asked.incident(session, incident_id)
    if row is None:
        raise not_found("incident")
    return IncidentItem.of(row)
