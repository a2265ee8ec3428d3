"""Who may do what: the one seam between a request and a role.

API keys come from a file, one line each: `name role sha256-of-the-key`. Without a file an application is open,
but on the loopback interface only, and every answer says so.
"""

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts

from talaia.contracts.vocabulary import Role
from talaia.web.problem import Problem

OPEN_HEADER = "Talaia-Open"
_RANKS = {role: rank for rank, role in enumerate(Role)}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NO_KEY = hashlib.sha256(b"").hexdigest()


class Refused(RuntimeError):
    """An application must not start like this; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Principal:
    """Who asks: the key's name and its role. Of an open application: `loopback`, who may do everything."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Each role may do what those before it may."""
        return _RANKS[self.role] >= _RANKS[role]


LOOPBACK = Principal("loopback", Role.ENGINEER)


@dataclass(frozen=True)
class Access:
    """Who may use an application. keys: principals by SHA-256 of their key; None: open, on loopback only."""

    keys: dict[str, Principal] | None

    @property
    def is_open(self) -> bool:
        """Nobody is asked who they are."""
        return self.keys is None

    def principal(self, request: Request) -> Principal:
        """Who sent the request. Raises Problem 401."""
        if self.keys is None:
            return LOOPBACK
        principals = {self._known(key) for key in _offered_keys(request)}
        found = principals.pop() if len(principals) == 1 else None
        if found is None:
            # browsers look at the first one only
            challenge = {"WWW-Authenticate": 'Basic realm="talaia", Bearer realm="talaia"'}
            raise Problem(401, "unauthenticated", "Send a valid API key as bearer token or X-API-Key.", headers=challenge)
        return found

    def _known(self, offered: str) -> Principal | None:
        digest = hashlib.sha256(offered.encode("utf-8", "replace")).hexdigest()
        found = None
        for known, principal in (self.keys or {}).items():  # all of them: the time taken tells nothing
            if hmac.compare_digest(known, digest):
                found = principal
        return found


def access(host: str, key_file: Path | None) -> Access:
    """The access of an application that listens on `host`. Raises Refused."""
    if key_file is not None:
        return Access(dict(_keys(key_file)))
    if not is_loopback(host):
        raise Refused(f"Without a key file only loopback addresses are allowed, not {host}: set a key file or host 127.0.0.1.")
    return Access(None)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Requirement:
    """The dependency that `require` and `anyone` make; `role` is read by `roles`."""

    def __init__(self, role: Role | None) -> None:
        self.role = role

    def __call__(self, request: Request) -> Principal | None:
        if self.role is None:
            return None
        principal: Principal = request.app.state.access.principal(request)
        if not principal.may(self.role):
            raise Problem(403, "forbidden", f"This needs the role {self.role}; yours is {principal.role}.")
        return principal


def require(role: Role) -> Any:
    """Dependency: the request's principal, who has at least this role. Raises Problem 401 and 403."""
    return Depends(_Requirement(role))


def anyone() -> Any:
    """Dependency: marks a route as open to everybody."""
    return Depends(_Requirement(None))


def roles(app: FastAPI) -> dict[tuple[str, str], Role | None]:
    """The role of every route by (method, path); None: anyone. Raises Refused for a route that names none."""
    found = {}
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        for method in sorted(route.methods or {"GET"}):
            needed = [need.role for need in _requirements(getattr(route, "dependant", None))]
            if not needed:
                raise Refused(f"{method} {path} names no role: add require(Role...) or anyone().")
            found[method, path] = max(needed, key=lambda role: -1 if role is None else _RANKS[role])
    return found


def _requirements(dependant: Any) -> Iterator[_Requirement]:
    if dependant is not None:
        call: Callable[..., Any] | None = dependant.call
        if isinstance(call, _Requirement):
            yield call
        for needed in dependant.dependencies:
            yield from _requirements(needed)


def _offered_keys(request: Request) -> Iterator[str]:
    """Every key that a request brings: of two, both count."""
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


def _keys(file: Path) -> Iterator[tuple[str, Principal]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The key file {file} cannot be read ({type(error).__name__}): create it or correct its path.") from None
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 3 or not _NAME.fullmatch(words[0]) or words[1] not in list(Role) or not _DIGEST.fullmatch(words[2]):
            raise Refused(f"{file}:{number} is not `name role sha256`: roles are {', '.join(Role)}; sha256 is 64 hex digits.")
        if words[2] == _NO_KEY:
            raise Refused(f"{file}:{number} has the sha256 of an empty key, which everybody knows: make a key first.")
        yield words[2], Principal(words[0], Role(words[1]))
