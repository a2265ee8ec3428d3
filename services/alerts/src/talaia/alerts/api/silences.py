"""Silences as Alertmanager's tools list, make and end them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from talaia.alerts.api.alertmanager_answers import GettableSilence, PostableSilence, SilenceID
from talaia.alerts.api.desk import AtDesk
from talaia.alerts.api.filters import SilenceFilters, matchers
from talaia.alerts.api.silencing import held, in_order, silence, told, unsilence
from talaia.contracts.vocabulary import Role
from talaia.web.access import GuardedRoute, require
from talaia.web.principal import Principal, Scope
from talaia.web.problem import declared, not_found
from talaia.web.view_app import Reading

router = APIRouter(prefix="/api/v2", tags=["alertmanager"], route_class=GuardedRoute)
Operator = Annotated[Principal, require(Role.OPERATOR, Scope.ACT)]
SilenceId = Annotated[UUID, Path()]
_PENDING: dict[int | str, dict[str, Any]] = {202: {"model": SilenceID, "description": "sent, not judged yet: ask at Location"}}


@router.get("/silences", dependencies=[require(Role.VIEWER)], responses=declared(400))
def silences(desk: AtDesk, session: Reading, filters: Annotated[SilenceFilters, Query()]) -> list[GettableSilence]:
    """All that are active, pending, or were over in the last five days. A filter is one of their own matchers."""
    wanted = matchers(filters.filter)
    now, known = held(desk, session)
    found = [
        told(one, now)
        for one in known.values()
        if wanted.are_among((each.name, each.value, each.is_regex, each.is_equal) for each in one.silence.matchers)
    ]
    return in_order([one for one in found if not filters.creator or one.createdBy in filters.creator])


@router.post("/silences", responses=_PENDING | declared(404, 409, 503))
async def make(desk: AtDesk, who: Operator, body: PostableSilence, response: Response) -> SilenceID:
    """Silence what matches: an operator for up to 8 hours, a supervisor for up to 72. With an id it replaces that silence."""
    silence_id, judged = await silence(desk, who, body)
    if not judged:
        response.status_code = 202
        response.headers["Location"] = f"/api/v2/silence/{silence_id}"
    return SilenceID(silenceID=silence_id)


@router.get("/silence/{silence_id}", dependencies=[require(Role.VIEWER)], responses=declared(404))
def one(desk: AtDesk, session: Reading, silence_id: SilenceId) -> GettableSilence:
    """One silence."""
    now, known = held(desk, session)
    if str(silence_id) not in known:
        raise not_found("silence")
    return told(known[str(silence_id)], now)


@router.delete("/silence/{silence_id}", responses=_PENDING | declared(404, 409, 503))
async def end(desk: AtDesk, who: Operator, silence_id: SilenceId, response: Response) -> SilenceID:
    """End a silence before its time; one that is over stays over."""
    if not await unsilence(desk, who, silence_id):
        response.status_code = 202
        response.headers["Location"] = f"/api/v2/silence/{silence_id}"
    return SilenceID(silenceID=str(silence_id))
