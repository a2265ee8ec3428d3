"""The operator page: one page rendered here, kept up by a small script, whole without it."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from talaia.alerts.api import words
from talaia.alerts.api.acting import ActAnswer, Moved, perform, told
from talaia.alerts.api.acts import Operator, wished
from talaia.alerts.api.board import LISTS, board, sayings
from talaia.alerts.api.desk import AtDesk, Desk
from talaia.alerts.api.requests import AcknowledgeBody, NoteBody, Shelve
from talaia.contracts.vocabulary import Role, Verb
from talaia.stream.unavailable import BusUnavailable
from talaia.web.access import GuardedRoute, anyone, require
from talaia.web.form import form
from talaia.web.principal import Principal
from talaia.web.problem import Problem, not_found
from talaia.web.view_app import Reading

router = APIRouter(include_in_schema=False, route_class=GuardedRoute)
Viewer = Annotated[Principal, require(Role.VIEWER)]
Chosen = Annotated[str | None, Query(max_length=200)]
Listed = Annotated[str, Query(alias="list", max_length=20)]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# a form's POST must name its origin, which `no-referrer` would hide
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
_PAGES = Environment(
    loader=PackageLoader("talaia.alerts.api"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_STATIC = {file.name: file.read_bytes() for file in files("talaia.alerts.api").joinpath("static").iterdir()}
LONGEST_H = 24 * 365.0
"""A form asks for no longer shelf; what is allowed the worker judges."""
_log = logging.getLogger(__name__)
_ID: TypeAdapter[UUID] = TypeAdapter(UUID)


@router.get("/")
def page(
    request: Request,
    desk: AtDesk,
    session: Reading,
    who: Viewer,
    alarm: Chosen = None,
    listed: Listed = "open",
    hold: bool = False,
    act: UUID | None = None,
    refused: Annotated[str, Query(max_length=50)] = "",
) -> HTMLResponse:
    """The whole page. hold: without script, do not renew it; act, refused: what became of the form, by id or by code."""
    try:
        said = _said(told(session, str(act)), alarm) if act else words.not_done(refused) if refused else ""
        return _rendered("page.html", request, desk, session, who, alarm, listed, hold=hold, said=said)
    except SQLAlchemyError:
        why = desk.view.age().error or "its database does not answer"
        return HTMLResponse(_PAGES.get_template("waiting.html").render(why=why), 503, headers=HEADERS)


@router.get("/page/board")
def fragment(
    request: Request, desk: AtDesk, session: Reading, who: Viewer, alarm: Chosen = None, listed: Listed = "open"
) -> HTMLResponse:
    """What the script puts in place of what it shows."""
    return _rendered("board.html", request, desk, session, who, alarm, listed, said="")


@router.post("/page/{verb}")
async def act(request: Request, desk: AtDesk, who: Operator, verb: Verb) -> RedirectResponse:
    """An act without script: the same as over the API, answered by the page, whose address names no more than act or code."""
    fields = await form(request)
    alarm = fields.get("alarm", "")
    try:
        body = _body(verb, alarm, fields, await asyncio.to_thread(desk.moment))
        act_id = _ID.validate_python(fields.get("act", str(uuid4())))
        await perform(desk, wished(who, verb, [alarm], body, act_id, fields.get("version")))
        became = {"act": str(act_id)}
    except (ValidationError, ValueError):
        became = {"refused": "incomplete"}
    except Moved:
        became = {"refused": "version"}
    except Problem as problem:
        became = {"refused": problem.code}
    except BusUnavailable as away:
        _log.error("an act could not be sent: %s", away)
        became = {"refused": "bus_unavailable"}
    return RedirectResponse("/?" + urlencode({"alarm": alarm} | became), 303)


def _body(verb: Verb, alarm: str, fields: Mapping[str, str], now: datetime) -> AcknowledgeBody | NoteBody | Shelve:
    """What a form says. Raises ValueError."""
    match verb:
        case Verb.NOTE:
            return NoteBody(text=fields.get("text", ""))
        case Verb.SHELVE:
            until = now + timedelta(hours=min(float(fields.get("hours", "")), LONGEST_H))
            return Shelve(verb="shelve", alarms=[alarm], until=until, reason=fields.get("reason", ""))
    return AcknowledgeBody()


@router.get("/static/{name}", dependencies=[anyone()])
def static(name: Annotated[str, Path(max_length=50)]) -> Response:
    """The page's style, script and icon."""
    if name not in _STATIC:
        raise not_found("file")
    return Response(_STATIC[name], media_type=_TYPES[name.rpartition(".")[2]])


def _rendered(
    template: str,
    request: Request,
    desk: Desk,
    session: Session,
    who: Principal,
    alarm: str | None,
    listed: str,
    **more: object,
) -> HTMLResponse:
    shown = board(session, desk, who, alarm, listed if listed in LISTS else "open")
    is_open = request.app.state.access.is_open
    html = _PAGES.get_template(template).render(board=shown, is_open=is_open, who=who, **sayings(shown), **more)
    return HTMLResponse(html, headers=HEADERS)


def _said(answer: ActAnswer | None, alarm: str | None) -> str:
    """What became of an act on an alarm, for people."""
    if answer is None or answer.state == "pending":
        return "Sent, not confirmed yet."
    verdict = next((each for each in answer.verdicts if each.alarm_id == alarm), None)
    if verdict is None:
        return ""
    if verdict.refused is not None:
        return f"Refused: {words.spaced(verdict.refused)}."
    return f"Done: {words.spaced(verdict.answer)}." if verdict.answer else "Done."
