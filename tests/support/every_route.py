"""Both APIs with keys and login, every route of them, and everybody who may come."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI, Response
from support.alert_events import alive, now, register, signal
from support.control_room import ControlRoom
from support.control_room import application as alerts_application
from support.login import LoginProvider
from support.waste_api import city, waste_api
from support.web import client
from talaia.contracts.vocabulary import Role
from talaia.stream.clock import wall_now
from talaia.web.access import CSRF_HEADER
from talaia.web.principal import EVERYTHING, Principal, Scope


@dataclass(frozen=True)
class Holder:
    """Somebody who asks: with what role and scopes (None: nobody), and how it shows."""

    name: str
    role: Role | None
    scopes: frozenset[Scope] = EVERYTHING
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)
    forged: bool = False


def keys(folder: Path) -> Path:
    """A key for each role, and one of an engineer for each scope."""
    lines = [f"{role} {role} {_digest(role)}" for role in Role]
    lines += [f"only-{scope} engineer {_digest(f'only-{scope}')} scopes={scope}" for scope in Scope]
    file = folder / "keys"
    file.write_text("\n".join(lines))
    return file


def holders(app: FastAPI) -> list[Holder]:
    """Nobody, keys, sessions, and sessions that do not carry their token."""
    found = [Holder("nobody", None), Holder("a wrong key", None, headers={"x-api-key": "guess"})]
    found += [Holder(f"key of {role}", role, headers={"x-api-key": role}) for role in Role]
    for scope in Scope:
        found.append(Holder(f"key for {scope}", Role.ENGINEER, frozenset({scope}), {"x-api-key": f"only-{scope}"}))
    for role in Role:
        cookie, csrf = _session(app, role)
        found.append(Holder(f"session of {role}", role, headers={"cookie": cookie, CSRF_HEADER: csrf}))
        cookie, _ = _session(app, role)  # one of its own: the other may have been logged out
        found.append(Holder(f"session of {role} without token", role, headers={"cookie": cookie}, forged=True))
    return found


def application(service: str, folder: Path) -> FastAPI:
    """The API of a service, with something to show."""
    oidc_file = LoginProvider().oidc_file(folder)  # nobody is there
    if service == "waste":
        return waste_api(f"sqlite:///{folder}/waste.sqlite", city(), keys(folder), oidc_file)[0]
    room = ControlRoom(folder)
    app = alerts_application(room, key_file=keys(folder), oidc_file=oidc_file)
    app.state.room = room
    return app


async def filled(app: FastAPI) -> None:
    """What must be said to a running application."""
    if room := getattr(app.state, "room", None):
        await room.send([register(now()), alive(now()), signal("T1", now())])
        room.changes.close()  # a live stream ends after what is


class Body:
    """What comes with a request, piece by piece, and how much of it was taken."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = content
        self.taken_bytes = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self.content), 65_536):
            piece = self.content[at : at + 65_536]
            self.taken_bytes += len(piece)
            yield piece


async def asked(app: FastAPI, method: str, path: str, headers: Mapping[str, str], body: Body | None = None) -> httpx.Response:
    """What a route answers."""
    address = path.format(
        site="T1",
        signal="signal-19",
        alarm_id="a",
        act_id=uuid4(),
        incident_id=uuid4(),
        handover_id=uuid4(),
        subscription_id=uuid4(),
        silence_id=uuid4(),
        verb="note",
        name="page.css",
    )
    async with client(app, list(headers.items())) as asking:
        return await asking.request(method, address, headers={"Idempotency-Key": str(uuid4())}, content=body)


async def document(app: FastAPI) -> dict[str, Any]:
    """Its OpenAPI document."""
    async with client(app) as asking:
        found: dict[str, Any] = (await asking.get("/openapi.json")).json()
    return found


def _session(app: FastAPI, role: Role) -> tuple[str, str]:
    """A new session: its cookie as a header, and its token."""
    login, response = app.state.access.login, Response()
    login.give(Principal(f"oidc:{role}", role), response, wall_now())
    cookie = response.headers["set-cookie"].partition(";")[0]
    name, _, value = cookie.partition("=")
    return cookie, login.session({name: value}, wall_now()).csrf


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
