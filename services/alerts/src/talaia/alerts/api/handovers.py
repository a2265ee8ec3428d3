"""Handing a shift over: the report as things stand, prepared, signed by who goes and who comes, and kept as it was signed."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from talaia.alerts.api.acts import Operator
from talaia.alerts.api.desk import AtDesk
from talaia.alerts.api.handing_over import Asked, draft, prepare, sign
from talaia.alerts.api.handover_answers import HandoverAnswer, HandoverItem
from talaia.alerts.api.report_page import HTML_HEADERS, as_html, as_text
from talaia.alerts.api.requests import IdempotencyKey, Name
from talaia.alerts.view import handovers as kept
from talaia.alerts.view.handovers import Prepared
from talaia.alerts.view.report import Report
from talaia.alerts.view.tables import HandoverRow
from talaia.contracts.handovers import Signature as Signed
from talaia.contracts.vocabulary import HandoverSide, Role
from talaia.web.access import GuardedRoute, require
from talaia.web.paging import PageOf, Paging, paged
from talaia.web.problem import declared, not_found
from talaia.web.view_app import Reading
from talaia.web.when import When

router = APIRouter(prefix="/v1", tags=["handovers"], route_class=GuardedRoute)
READER = [require(Role.VIEWER)]
HandoverId = Annotated[UUID, Path()]


class Form(StrEnum):
    """How a report is given."""

    JSON = "json"
    HTML = "html"
    TEXT = "text"


As = Annotated[Form, Query(alias="format", description="html is for print")]
_FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}, "text/plain": {}}}}
_PENDING: dict[int | str, dict[str, Any]] = {202: {"description": "sent, not judged yet: ask at Location"}}


class PrepareBody(BaseModel):
    """Whose report, of which shift. since: its begin, else twelve hours ago; coming_until: end of the next, else in twelve."""

    model_config = ConfigDict(extra="forbid")

    area: Name
    position: Name | None = None
    since: When | None = None
    coming_until: When | None = None


class SignBody(BaseModel):
    """Sign for one side what was read. sha256: of the content that you read; position: the desk at which you sit."""

    model_config = ConfigDict(extra="forbid")

    side: HandoverSide
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    position: Name = "control"


@router.get("/handovers/draft", dependencies=READER, responses=_FORMS | declared(409), response_model=dict[str, Any])
def drafted(
    desk: AtDesk,
    session: Reading,
    area: Annotated[Name, Query()],
    position: Annotated[Name | None, Query()] = None,
    since: Annotated[When | None, Query(description="begin of the shift, else twelve hours ago")] = None,
    coming_until: Annotated[When | None, Query(description="end of the next shift, else in twelve hours")] = None,
    form: As = Form.JSON,
) -> Any:
    """The report as things stand now; nothing is kept."""
    found = draft(session, desk, Asked(area=area, position=position, since=since, coming_until=coming_until))
    return _given(found, None, form) or msgspec.to_builtins(found)


@router.get("/handovers", dependencies=READER, responses=declared(404))
def handovers(
    session: Reading,
    page: Annotated[Paging, paged(int, str)],
    area: Annotated[str | None, Query(max_length=200)] = None,
) -> PageOf[HandoverItem]:
    """Handovers, newest first."""
    after = None if page.after is None else Prepared(*page.after)
    rows = kept.handovers(session, page.limit + 1, after, area)
    steps = kept.steps(session, [row.handover_id for row in rows])
    return page.page(rows, item=lambda row: HandoverItem.of(row, steps[row.handover_id]), key=Prepared.of)


@router.get("/handovers/{handover_id}", dependencies=READER, responses=_FORMS | declared(404), response_model=HandoverAnswer)
def handover(session: Reading, handover_id: HandoverId, form: As = Form.JSON) -> Any:
    """One of them, as it was signed."""
    row = kept.handover(session, str(handover_id))
    if row is None:
        raise not_found("handover")
    item = HandoverItem.of(row, kept.steps(session, [row.handover_id])[row.handover_id])
    report = msgspec.json.decode(row.content, type=Report)
    whole = HandoverAnswer(**dict(item), content=row.content, report=msgspec.json.decode(row.content))
    return _given(report, item, form) or whole


@router.post("/handovers", responses=_PENDING | declared(409, 503), response_model=HandoverItem | None)
async def prepared(
    desk: AtDesk, who: Operator, body: PrepareBody, idempotency_key: IdempotencyKey, response: Response
) -> HandoverItem | None:
    """Prepare the report for signing: it is kept from here on. `Idempotency-Key` is the handover's id."""
    row = await prepare(desk, Asked(**dict(body)), who, str(idempotency_key))
    return _so_far(desk, row, str(idempotency_key), response)


@router.post("/handovers/{handover_id}/sign", responses=_PENDING | declared(404, 409, 503), response_model=HandoverItem | None)
async def signed(
    desk: AtDesk, who: Operator, handover_id: HandoverId, body: SignBody, idempotency_key: IdempotencyKey, response: Response
) -> HandoverItem | None:
    """Sign it: who goes first, then who comes, two people; within a day."""
    signature = Signed(
        handover_id=str(handover_id), sha256=body.sha256, side=body.side, who=who.name, role=who.role, position=body.position
    )
    return _so_far(desk, await sign(desk, signature, str(idempotency_key)), str(handover_id), response)


def _so_far(desk: AtDesk, row: HandoverRow | None, handover_id: str, response: Response) -> HandoverItem | None:
    if row is None:
        response.status_code = 202
        response.headers["Location"] = f"/v1/handovers/{handover_id}"
        return None
    with desk.view.session() as session:
        return HandoverItem.of(row, kept.steps(session, [handover_id])[handover_id])


def _given(report: Report, item: HandoverItem | None, form: Form) -> Response | None:
    """The report for people, where that is asked for."""
    match form:
        case Form.HTML:
            return Response(as_html(report, item), media_type="text/html", headers=HTML_HEADERS)
        case Form.TEXT:
            return Response(as_text(report, item), media_type="text/plain")
        case Form.JSON:
            return None
