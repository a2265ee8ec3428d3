"""Every error answer is `application/problem+json` (RFC 9457) with a stable `code`, and never shows a stack trace."""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path

from talaia.stream.unavailable import BusUnavailable

MEDIA_TYPE = "application/problem+json"

_CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "body_too_slow",
    412: "precondition_failed",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
}
_log = logging.getLogger(__name__)
_SHOWN_FAULTS = 20
_SHOWN_LENGTH = 200


class Fault(BaseModel):
    """One thing wrong with a request: where (`body/site`), and what."""

    where: str
    what: str


class ProblemAnswer(BaseModel):
    """RFC 9457 problem details; `code` is stable and meant for programs, `detail` says what to do."""

    type: str = Field(examples=["urn:talaia:problem:not_found"])
    title: str
    status: int
    code: str
    detail: str
    faults: list[Fault] = []


class Problem(Exception):
    """Answer the request with this problem. detail: a sentence for people, without secrets or personal data."""

    def __init__(
        self, status: int, code: str, detail: str, *, faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The problem as an answer; ASCII, so that any text in it can be sent."""
        answer = ProblemAnswer(
            type=f"urn:talaia:problem:{self.code}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            code=self.code,
            detail=self.detail,
            faults=list(self.faults),
        )
        body = json.dumps(answer.model_dump(exclude_defaults=True))
        return Response(body, self.status, headers=self.headers, media_type=MEDIA_TYPE)


def not_found(what: str) -> Problem:
    """There is no such thing."""
    return Problem(404, "not_found", f"There is no such {what}.")


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: the problems it may answer besides those of every route."""
    return {status: {"description": HTTPStatus(status).phrase, "content": _content()} for status in statuses}


def _content() -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}


def install(app: FastAPI) -> None:
    """Make every error of an application a problem answer."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(BusUnavailable, _bus_away)
    app.add_exception_handler(ClientDisconnect, _gone)
    for kind in (DBAPIError, PoolTimeout):
        app.add_exception_handler(kind, _view_away)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(Exception, _internal)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "refused")
    detail = {
        404: "There is nothing at this address; what there is says /openapi.json.",
        405: f"{request.method} is not possible here.",
    }.get(error.status_code, str(error.detail))
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    return Problem(error.status_code, code, detail, headers=headers).response()


def _allowed(request: Request) -> str:
    """The methods of every route of an address: the framework names those of the first alone."""
    path = request.scope["path"]
    found = [route for route in iter_route_contexts(request.app.routes) if compile_path(str(route.path))[0].match(path)]
    return ", ".join(sorted({method for route in found for method in route.methods or ()} - {"HEAD"}))


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        Fault(where="/".join(str(step) for step in fault["loc"])[:_SHOWN_LENGTH], what=str(fault["msg"])[:_SHOWN_LENGTH])
        for fault in error.errors()[:_SHOWN_FAULTS]
    ]
    return Problem(422, "invalid", "The request breaks the rules of this address; see faults.", faults=faults).response()


async def _bus_away(_request: Request, error: Exception) -> Response:
    _log.error("an event could not be sent: %s", error)
    detail = "The bus does not take it now, so nothing was done for sure. Please send the same again in a moment."
    return Problem(503, "bus_unavailable", detail, headers={"Retry-After": "5"}).response()


async def _view_away(_request: Request, error: Exception) -> Response:
    why = error.orig if isinstance(error, DBAPIError) else error
    _log.error("the view's database does not answer as it should (%s)", type(why).__name__)
    detail = "What is asked for cannot be read now. Please try again in a moment."
    return Problem(503, "view_unavailable", detail, headers={"Retry-After": "5"}).response()


async def _gone(_request: Request, _error: Exception) -> Response:
    return Problem(400, "bad_request", "The request ended before it was whole.").response()


async def _unstorable(_request: Request, _error: Exception) -> Response:
    return Problem(422, "invalid", "The request names something that no row can hold, such as text with a NUL.").response()


async def _internal(_request: Request, _error: Exception) -> Response:
    return Problem(500, "internal", "Something failed inside; it was logged. Please try again.").response()
