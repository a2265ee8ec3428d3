"""Who may do what: the one seam between a request and a role.

Who asks shows an API key, a token of the OpenID provider, or the cookie of a browser session. With neither keys nor
provider an application is open, but on the loopback interface only, and every answer says so. A route states its role as
a dependency, and is a `GuardedRoute`: so nothing of a body is read before it is known that who sent it may.
"""

import base64
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts

from talaia.contracts.vocabulary import Role
from talaia.stream.clock import wall_now
from talaia.web.address import is_loopback, sender
from talaia.web.body import refuse_long
from talaia.web.form import form
from talaia.web.keys import KeyFile
from talaia.web.login import Login, LoginFirst
from talaia.web.oidc import read_oidc
from talaia.web.principal import LOOPBACK, RANKS, Principal, Scope
from talaia.web.problem import Problem
from talaia.web.refused import Refused

OPEN_HEADER = "Talaia-Open"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ADMITTED = "talaia.admitted"


@dataclass(frozen=True)
class Access:
    """Who may use an application: who has a key, or a token or session by the login; neither: open, on loopback only."""

    keys: KeyFile | None = None
    login: Login | None = None

    @property
    def is_open(self) -> bool:
        """Nobody is asked who they are."""
        return self.keys is None and self.login is None

    @property
    def public_url(self) -> str:
        """Where browsers find the application, if the login says it."""
        return "" if self.login is None else self.login.provider.oidc.public_url

    async def principal(self, request: Request) -> Principal:
        """Who sent the request: by key or token, else by session. Raises Problem 401, 403, 503."""
        if self.is_open:
            return LOOPBACK
        now = wall_now()
        offered = list(_offered(request))
        found = {await self._known(word) for word in offered}
        if not offered and self.login is not None:
            found = {self.login.session(request.cookies, now)}
        principal = found.pop() if len(found) == 1 else None
        if principal is None:
            raise self._unknown()
        return principal

    async def _known(self, offered: str) -> Principal | None:
        now = wall_now()
        found = None if self.keys is None else self.keys.principal(offered, now.date())
        if found is None and self.login is not None and offered.count(".") == 2:
            return await self.login.provider.bearer(offered, now)
        return found

    def ask_for_login(self, request: Request) -> None:
        """Leads a person who opens a page without a session to the login. Raises LoginFirst."""
        opens_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        if self.login is not None and self.login.has_sessions and opens_page and not any(_offered(request)):
            raise LoginFirst(request.url.path + (f"?{request.url.query}" if request.url.query else ""))

    def _unknown(self) -> Problem:
        detail = "Send a valid API key as bearer token or X-API-Key."
        # browsers look at the first one only; who can log in is not to be asked for a password
        challenge = 'Basic realm="talaia", Bearer realm="talaia"'
        if self.login is not None:
            detail = "Send a valid token of the login as bearer token, or an API key as bearer token or X-API-Key."
            challenge = 'Bearer realm="talaia"'
        return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": challenge})


def access(host: str, key_file: Path | None, oidc_file: Path | None = None) -> Access:
    """The access of an application that listens on `host`. Raises Refused."""
    if key_file is None and oidc_file is None and not is_loopback(host):
        cure = "set a key file, an OIDC file, or listen on 127.0.0.1"
        raise Refused(f"Without keys or login only loopback addresses are allowed, not {host}: {cure}.")
    return Access(
        keys=None if key_file is None else KeyFile(key_file),
        login=None if oidc_file is None else Login(read_oidc(oidc_file)),
    )


@dataclass(frozen=True)
class Need:
    """What a route asks for. role: None: of nobody anything. limited: it counts against the rate of who asks."""

    role: Role | None
    scopes: frozenset[Scope] = frozenset()
    limited: bool = True


class _Requirement:
    """The dependency that `require` and `anyone` make; `need` is read by `needs`. Leaves who asks in `request.state.who`."""

    def __init__(self, need: Need) -> None:
        self.need = need

    async def __call__(self, request: Request) -> Principal | None:
        """Who asks, found out once a request. Raises Problem 401, 403, 429, 503, and LoginFirst."""
        admitted: dict[_Requirement, Principal | None] = request.scope.setdefault(_ADMITTED, {})
        if self not in admitted:
            admitted[self] = await self._admit(request)
        return admitted[self]

    async def _admit(self, request: Request) -> Principal | None:
        access: Access = request.app.state.access
        request.state.who = sender(request)
        if self.need.role is None:
            if self.need.limited and not access.is_open:
                request.app.state.rate_of_addresses.take(request.state.who)
            return None
        principal = await self._asker(access, request)
        for scope in self.need.scopes:
            if not principal.may(self.need.role, scope):
                held = f"{principal.role}, for {', '.join(sorted(principal.scopes))}"
                raise Problem(403, "forbidden", f"This needs the role {self.need.role}, for {scope}; yours is {held}.")
        if principal.csrf and request.method not in SAFE:
            await _refuse_forged(principal, request)
        return principal

    async def _asker(self, access: Access, request: Request) -> Principal:
        """Who asks, as often as they may. Who is unknown is counted by address. Raises Problem 401, 403, 429, 503."""
        if access.is_open:
            return LOOPBACK
        try:
            principal = await access.principal(request)
        except Problem as refusal:
            if refusal.status == 401:
                request.app.state.rate_of_addresses.take(request.state.who)
                access.ask_for_login(request)
            raise
        request.state.who = principal.name
        request.app.state.rate_of_principals.take(principal.name)
        return principal


class GuardedRoute(APIRoute):
    """A route that asks who comes, and then how much they bring, before it reads it: `APIRouter(route_class=GuardedRoute)`.

    FastAPI alone reads and parses a body before any dependency.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As FastAPI asks for it."""
        handle, requirements = super().get_route_handler(), list(_requirements(self.dependant))

        async def guarded(request: Request) -> Response:
            for requirement in requirements:
                await requirement(request)
            refuse_long(request.headers, request.app.state.body_limit_bytes)
            return await handle(request)

        return guarded


def require(role: Role, scope: Scope = Scope.READ) -> Any:
    """Dependency: the request's principal, who has at least this role, in this scope. Raises Problem 401, 403, 429, 503."""
    return Depends(_Requirement(Need(role, frozenset({scope}))))


def anyone(*, limited: bool = True) -> Any:
    """Dependency: marks a route as open to everybody. limited: so many times a second from one address."""
    return Depends(_Requirement(Need(None, limited=limited)))


def needs(app: FastAPI) -> dict[tuple[str, str], Need]:
    """What every route asks for, by (method, path). Raises Refused for one without role or guard, or that writes by reading."""
    found = {}
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        for method in sorted(route.methods or {"GET"}):
            needed = [requirement.need for requirement in _requirements(getattr(route, "dependant", None))]
            if not needed:
                raise Refused(f"{method} {path} names no role: add require(Role...) or anyone().")
            if not isinstance(route.original_route, GuardedRoute):
                raise Refused(f"{method} {path} reads before it asks who comes: make its APIRouter(route_class=GuardedRoute).")
            role = max((need.role for need in needed), key=lambda role: -1 if role is None else RANKS[role])
            scopes = frozenset[Scope]().union(*(need.scopes for need in needed))
            if method not in SAFE and role is not None and scopes <= {Scope.READ}:
                raise Refused(f"{method} {path} names no scope to write in: add it to require(Role..., Scope...).")
            found[method, path] = Need(role, scopes, any(need.limited for need in needed))
    return found


def _requirements(dependant: Any) -> Iterator[_Requirement]:
    if dependant is not None:
        call: Callable[..., Any] | None = dependant.call
        if isinstance(call, _Requirement):
            yield call
        for needed in dependant.dependencies:
            yield from _requirements(needed)


async def _refuse_forged(principal: Principal, request: Request) -> None:
    """A write by a session must carry what only its pages know. Raises Problem 403, 422."""
    carried = request.headers.get(CSRF_HEADER) or (await form(request)).get(CSRF_FIELD, "")
    if not principal.carries(carried):
        detail = f"A write of a browser session must carry its token in {CSRF_HEADER}: load the page anew."
        raise Problem(403, "csrf", detail)


def _offered(request: Request) -> Iterator[str]:
    """Every key or token that a request brings: of two, both count."""
    if "authorization" in request.headers:
        scheme, _, token = request.headers["authorization"].partition(" ")
        yield token.strip() if scheme.lower() == "bearer" else _password(token) if scheme.lower() == "basic" else ""
    if "x-api-key" in request.headers:
        yield request.headers["x-api-key"]


def _password(token: str) -> str:
    """What a browser sends when it asked a person for name and password: the key is the password, the name is not read."""
    try:
        return base64.b64decode(token.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
