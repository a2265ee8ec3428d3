"""The HTTP doors for measurements and nowcasts: one, a batch, or lines of NDJSON; each is answered for itself."""

import json
from collections.abc import Callable, Iterable, Mapping
from email.message import Message as Header
from io import BytesIO
from itertools import islice
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import APIRouter, Request, Response
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from talaia.contracts.vocabulary import Role
from talaia.waste.api.answers import AcceptedAnswer, ItemAnswer
from talaia.waste.api.body import MEASUREMENTS_BODY, NOWCASTS_BODY
from talaia.waste.ingest import nowcasts as coming
from talaia.waste.ingest.batches import MOST_ITEMS, Answer, Batch, TooMany
from talaia.waste.ingest.measurements import accept
from talaia.waste.view import queries
from talaia.web.access import GuardedRoute, require
from talaia.web.principal import Principal, Scope
from talaia.web.problem import Problem, declared
from talaia.web.view_app import door_time

router = APIRouter(prefix="/v1", route_class=GuardedRoute)
BATCH_BYTES = 4 * 1_048_576
_ANSWERS: dict[int | str, dict[str, Any]] = {
    **declared(404, 409, 503),
    207: {"model": AcceptedAnswer, "description": "Some were refused"},
}
_BROKEN = "this item is not JSON: write text without lone surrogates, and numbers that are finite"
_STATUS_OF = {"unknown_site": 404, "unknown_gauge": 404, "from_the_future": 409, "too_old": 409, "names_too_long": 409}
"""Of an item that is well formed, yet refused; any other reason is 422."""


class Taking(NamedTuple):
    """How a door judges its items, and which places it knows: the catchment of each."""

    accept: Callable[..., Batch]
    places: Callable[[Session], Mapping[str, str]]


MEASURED, COMING = Taking(accept, queries.catchments), Taking(coming.accept, queries.gauges)


class Body(NamedTuple):
    """What a request brought. alone: one item, not a batch of one. broken: items that are no JSON."""

    items: list[Any]
    alone: bool
    broken: frozenset[int] = frozenset()


@router.post(
    "/measurements",
    tags=["doors"],
    status_code=202,
    responses=_ANSWERS,
    openapi_extra=MEASUREMENTS_BODY,
)
async def measurements(
    request: Request, response: Response, who: Annotated[Principal, require(Role.OPERATOR, Scope.INGEST)]
) -> AcceptedAnswer:
    """Take measurements in: 202 all accepted, 207 some refused; a refused one that came alone is a problem."""
    return await _taken(request, response, who, MEASURED)


@router.post(
    "/nowcasts",
    tags=["doors"],
    status_code=202,
    responses=_ANSWERS,
    openapi_extra=NOWCASTS_BODY,
)
async def nowcasts(
    request: Request, response: Response, who: Annotated[Principal, require(Role.OPERATOR, Scope.INGEST)]
) -> AcceptedAnswer:
    """Take nowcasts of rain in, answered as measurements are. A newer one of a gauge stands before the older ones."""
    return await _taken(request, response, who, COMING)


async def _taken(request: Request, response: Response, who: Principal, taking: Taking) -> AcceptedAnswer:
    body = await run_in_threadpool(read, request.headers.get("content-type", ""), await request.body())
    batch = await run_in_threadpool(_judge, request, body, who.name, taking)
    await request.app.state.sender.send(batch.messages)
    refused = [answer for answer in batch.answers if not answer.accepted]
    if body.alone and refused:
        reason = str(refused[0].reason)
        raise Problem(_STATUS_OF.get(reason, 422), reason, str(refused[0].detail))
    response.status_code = 207 if refused else 202
    items = [ItemAnswer(accepted=answer.accepted, **answer._asdict()) for answer in batch.answers]
    return AcceptedAnswer(accepted=len(items) - len(refused), refused=len(refused), items=items)


def read(content_type: str, raw: bytes) -> Body:
    """The items of a body; of lines at most one more than a batch may have. Raises Problem 400, 415, 422."""
    header = Header()
    header["content-type"] = content_type
    match header.get_content_type() if content_type else "":
        case "application/x-ndjson":
            return _lines(raw)
        case "application/json":
            return _json(raw)
    raise Problem(415, "unsupported_media_type", "Send application/json or application/x-ndjson.")


def _json(raw: bytes) -> Body:
    try:
        content = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _each(raw)
    if isinstance(content, list):
        return Body(content, alone=False)
    if isinstance(content, dict):
        return Body([content], alone=True)
    raise Problem(422, "schema", "Send one item as an object, or a list of items.")


def _each(raw: bytes) -> Body:
    """The items of a list of which some are no JSON for what stands in them: text that is no Unicode, a number that is none."""
    try:
        content = json.loads(raw.decode(errors="surrogateescape"), parse_int=float, strict=False)
        if isinstance(content, list):
            return _read_each(json.dumps(item).encode() for item in content)
    except (ValueError, RecursionError):
        pass  # no item can be told from another
    raise Problem(400, "unreadable", "The body is not JSON.")


def _lines(raw: bytes) -> Body:
    return _read_each(line for line in map(bytes.strip, BytesIO(raw)) if line)


def _read_each(written: Iterable[bytes]) -> Body:
    items: list[Any] = []
    broken = set()
    for each in islice(written, MOST_ITEMS + 1):
        try:
            items.append(msgspec.json.decode(each))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            broken.add(len(items))
            items.append(None)
    return Body(items, alone=False, broken=frozenset(broken))


def _judge(request: Request, body: Body, sender: str, taking: Taking) -> Batch:
    with request.app.state.projection.session() as session:
        catchment_of = taking.places(session)
    now = door_time(request)
    try:
        batch = taking.accept(body.items, source=f"talaia/waste/http/{sender}", now=now, catchment_of=catchment_of)
    except TooMany as error:
        raise Problem(422, "too_many", str(error)) from None
    for index in body.broken:
        batch.answers[index] = Answer(index, None, "unreadable", _BROKEN)
    return batch
