"""`/login`, the way back from the provider, and `/logout`."""

from html import escape
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from talaia.contracts.vocabulary import Role
from talaia.stream.clock import wall_now
from talaia.web.access import GuardedRoute, anyone, require
from talaia.web.login import Login, LoginFirst
from talaia.web.principal import Scope
from talaia.web.problem import Problem

_Word = Annotated[str, Query(max_length=2_000)]


def install(app: FastAPI, login: Login) -> None:
    """Let people log in to an application, and lead those to the login who open a page without a session."""

    async def first(_request: Request, error: Exception) -> Response:
        assert isinstance(error, LoginFirst)
        return RedirectResponse("/login?" + urlencode({"back": error.back}), 303)

    app.add_exception_handler(LoginFirst, first)
    app.include_router(_routes(login))


def _routes(login: Login) -> APIRouter:
    router = APIRouter(include_in_schema=False, route_class=GuardedRoute)

    @router.get("/login", dependencies=[anyone()])
    async def begin(back: _Word = "/") -> Response:
        response = Response(status_code=303)
        await login.begin(back, response, wall_now())
        return response

    @router.get("/login/callback", dependencies=[anyone()])
    async def complete(request: Request, state: _Word = "", code: _Word = "") -> Response:
        response = Response(status_code=303)
        await login.complete(request.cookies, state, code, response, wall_now())
        return response

    @router.post("/logout", dependencies=[require(Role.VIEWER, Scope.ACT)])
    async def end(request: Request) -> Response:
        try:
            everywhere = (await login.provider.addresses()).get("end_session_endpoint")
        except Problem:  # a session ends whether the provider answers or not
            everywhere = None
        response = HTMLResponse(_farewell(everywhere))
        login.end(request.cookies, response, wall_now())
        return response

    return router


def _farewell(everywhere: str | None) -> str:
    also = f' <a href="{escape(everywhere)}">Log out of everything</a>' if everywhere else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Logged out</title></head>'
        f'<body><p>You are logged out here. <a href="/login">Log in again</a>{also}</p></body></html>'
    )
