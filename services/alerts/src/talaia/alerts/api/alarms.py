"""Reading: alarms, one alarm, sources, counts, and the live stream."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel, Field

from talaia.alerts.api.answers import AlarmAnswer, AlarmItem, All, SourceItem, SummaryAnswer
from talaia.alerts.api.desk import AtDesk, Desk
from talaia.alerts.api.importance import importance
from talaia.alerts.view import queries, registers
from talaia.alerts.view.importance import OPEN, ShownState
from talaia.alerts.view.queries import Importance, Wanted
from talaia.contracts.vocabulary import Priority, Role
from talaia.web.access import GuardedRoute, require
from talaia.web.live import Changed, Feed, a_stream, follow
from talaia.web.paging import PageOf, Paging, paged
from talaia.web.problem import declared, not_found
from talaia.web.view_app import Reading
from talaia.web.when import When

router = APIRouter(prefix="/v1", tags=["alarms"], dependencies=[require(Role.VIEWER)], route_class=GuardedRoute)

HISTORY_ENTRIES = 200
AlarmId = Annotated[str, Path(min_length=1, max_length=200)]
Words = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=20)]


class Filters(BaseModel):
    """Alarms that fit every filter; of one with several words, any."""

    state: list[ShownState] = Field([], description="what the alarm shows")
    priority: list[Priority] = []
    domain: Words = []
    kind: Words = []
    area: Words = []
    site: Words = []
    incident: Words = []
    assigned: Words = Field([], description="in whose hands")
    stale: bool | None = None
    text: str = Field("", max_length=200, description="part of title, subject, site, its name or kind")
    since: When | None = Field(None, description="changed then or later")


@router.get("/alarms", responses=declared(404))
def alarms(
    session: Reading, page: Annotated[Paging, paged(int, int, int, int, str)], filters: Annotated[Filters, Query()]
) -> PageOf[AlarmItem]:
    """Alarms by importance: needs a hand, still wrong, over; then priority, time left, newest."""
    after = None if page.after is None else Importance(*page.after)
    rows = queries.alarms(session, Wanted(**dict(filters)), page.limit + 1, after)
    return page.page(rows, item=AlarmItem.of, key=Importance.of)


@router.get("/alarms/events", response_class=EventSourceResponse, dependencies=[a_stream()])
async def events(desk: AtDesk, last_event_id: Annotated[str | None, Header(max_length=200)] = None) -> AsyncIterator[Any]:
    """First all open alarms, then every alarm that changes; every 3 s `alive` with the age of all feeds.

    `snapshot` is `{"items": [...], "first": ..., "last": ...}`: a page of open alarms. At `first` forget what you knew, at
    `last` you know all that is open. `changed` is one alarm as it is now: put it in place of what you knew of it, and
    drop it when it is open no more. `Last-Event-ID` goes on after that event, within a snapshot too.
    """
    async for event in follow(_feed(desk), last_event_id):
        yield event


@router.get("/alarms/{alarm_id}", responses=declared(404))
def alarm(desk: AtDesk, session: Reading, alarm_id: AlarmId) -> AlarmAnswer:
    """One alarm with evidence, guidance, history, and why it is as important as it is."""
    row = queries.known(session, [alarm_id]).get(alarm_id)
    if row is None:
        raise not_found("alarm")
    answer = AlarmAnswer.told(row, list(queries.journal(session, HISTORY_ENTRIES, alarm_id=alarm_id)))
    entry = registers.entry(session, row.area, row.kind)
    return answer.model_copy(update={"importance": importance(answer, entry, desk.now(queries.sources(session)))})


@router.get("/sources")
def sources(desk: AtDesk, session: Reading) -> All[SourceItem]:
    """Who says that it is alive, and how long ago that was."""
    return All(items=[SourceItem.of(heard) for heard in desk.heard(session)[1]])


@router.get("/summary")
def summary(desk: AtDesk, session: Reading) -> SummaryAnswer:
    """How much there is."""
    return SummaryAnswer.of(queries.summary(session), _judging_s(desk))


def _judging_s(desk: Desk) -> float | None:
    behind_s = desk.judging.behind_s()
    return None if behind_s is None else round(behind_s, 1)


def _feed(desk: Desk) -> Feed:
    def since(wanted: Wanted, change: int, limit: int) -> list[Changed]:
        with desk.view.session() as session:
            rows = queries.changed(session, wanted, change, limit)
        return [Changed(row.change, AlarmItem.of(row).model_dump(mode="json")) for row in rows]

    def facts() -> dict[str, Any]:
        with desk.view.session() as session:
            now, heard = desk.heard(session)
        feeds = [SourceItem.of(source).model_dump(mode="json") for source in heard]
        return {"now": now.isoformat(), "clock": desk.clock, "judging_s": _judging_s(desk), "feeds": feeds}

    opened, every = partial(since, Wanted(state=OPEN)), partial(since, Wanted())
    return Feed(watched=desk.view, snapshot=opened, since=every, facts=facts)
