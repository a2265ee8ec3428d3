"""Acting: on one alarm or on many, and what became of it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from msgspec import UNSET

from talaia.alerts.api.acting import ActAnswer, Moved, Wish, perform, told
from talaia.alerts.api.alarms import AlarmId
from talaia.alerts.api.answers import AlarmItem
from talaia.alerts.api.desk import AtDesk
from talaia.alerts.api.requests import (
    AcknowledgeBody,
    ActBody,
    Assign,
    CloseIncident,
    IdempotencyKey,
    IfMatch,
    Judge,
    Merge,
    NoteBody,
    Shelve,
    Split,
    TakeOut,
)
from talaia.contracts.alerts import Act
from talaia.contracts.vocabulary import Role, Verb
from talaia.web.access import GuardedRoute, require
from talaia.web.principal import Principal, Scope
from talaia.web.problem import MEDIA_TYPE, ProblemAnswer, declared, not_found
from talaia.web.view_app import Reading

router = APIRouter(prefix="/v1", tags=["acts"], route_class=GuardedRoute)
Operator = Annotated[Principal, require(Role.OPERATOR, Scope.ACT)]


class MovedAnswer(ProblemAnswer):
    """The alarm is not what the act was decided on; present: what it is now."""

    present: AlarmItem


_ANSWERS: dict[int | str, dict[str, Any]] = {
    202: {"model": ActAnswer, "description": "sent, not judged yet: ask at Location"},
    412: {
        "model": MovedAnswer,
        "description": "the alarm has moved on",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/MovedAnswer"}}},
    },
}


async def moved(_request: Request, error: Exception) -> Response:
    """412 with the alarm as it is now."""
    assert isinstance(error, Moved)
    answer = MovedAnswer(
        type="urn:talaia:problem:version",
        title="Precondition Failed",
        status=412,
        code="version",
        detail="The alarm has changed since: look at `present`, then decide again.",
        present=error.present,
    )
    return JSONResponse(answer.model_dump(mode="json", exclude={"faults"}), 412, media_type=MEDIA_TYPE)


@router.post("/acts", responses=_ANSWERS | declared(404, 409, 503))
async def act(
    desk: AtDesk, who: Operator, body: ActBody, idempotency_key: IdempotencyKey, response: Response, if_match: IfMatch = None
) -> ActAnswer:
    """Act on up to 500 alarms of one area, or on an incident; `If-Match` is the version of each alarm."""
    alarms = [] if isinstance(body, CloseIncident | Merge) else body.alarms
    wish = wished(who, Verb(body.verb), alarms, body, idempotency_key, if_match)
    return _located(await perform(desk, wish), response)


@router.post("/alarms/{alarm_id}/acknowledge", responses=_ANSWERS | declared(404, 409, 503))
async def acknowledge(
    desk: AtDesk,
    who: Operator,
    alarm_id: AlarmId,
    idempotency_key: IdempotencyKey,
    response: Response,
    body: AcknowledgeBody | None = None,
    if_match: IfMatch = None,
) -> ActAnswer:
    """Acknowledge one alarm."""
    wish = wished(who, Verb.ACKNOWLEDGE, [alarm_id], body or AcknowledgeBody(), idempotency_key, if_match)
    return _located(await perform(desk, wish), response)


@router.post("/alarms/{alarm_id}/note", responses=_ANSWERS | declared(404, 409, 503))
async def note(
    desk: AtDesk,
    who: Operator,
    alarm_id: AlarmId,
    body: NoteBody,
    idempotency_key: IdempotencyKey,
    response: Response,
    if_match: IfMatch = None,
) -> ActAnswer:
    """Write a note about one alarm."""
    return _located(await perform(desk, wished(who, Verb.NOTE, [alarm_id], body, idempotency_key, if_match)), response)


@router.get("/acts/{act_id}", dependencies=[require(Role.VIEWER)], responses=declared(404))
def became(session: Reading, act_id: Annotated[UUID, Path()]) -> ActAnswer:
    """What became of an act."""
    answer = told(session, str(act_id))
    if answer is None:
        raise not_found("act, or the view has not seen it yet (`Talaia-Lag`)")
    return answer


def wished(
    who: Principal,
    verb: Verb,
    alarms: list[str],
    body: AcknowledgeBody | NoteBody | ActBody,
    act_id: UUID,
    if_match: str | None,
) -> Wish:
    """What a request asks for, said by whom the key says."""
    act = Act(
        verb=verb,
        alarms=list(dict.fromkeys(alarms)),
        who=who.name,
        role=who.role,
        position=body.position,
        text=UNSET if body.text is None else body.text,
        reason=UNSET if body.reason is None else body.reason,
        if_version=UNSET if if_match is None else int(if_match.strip('"')),
        **_particulars(body),
    )
    return Wish(str(act_id), act)


def _particulars(body: AcknowledgeBody | NoteBody | ActBody) -> dict[str, Any]:
    """What only some acts say."""
    match body:
        case Shelve():
            return {"until": UNSET if body.until is None else body.until, "one_shot": body.one_shot}
        case TakeOut():
            return {"review_at": UNSET if body.review_at is None else body.review_at}
        case Assign():
            return {"assignee": body.assignee or UNSET}
        case Judge():
            return {"verdict": body.verdict}
        case CloseIncident():
            return {"incident": body.incident}
        case Merge() | Split():
            return {"incident": body.incident, "into": body.into or UNSET}
    return {}


def _located(answer: ActAnswer, response: Response) -> ActAnswer:
    if answer.state == "pending":
        response.status_code = 202
        response.headers["Location"] = f"/v1/acts/{answer.act_id}"
    return answer
