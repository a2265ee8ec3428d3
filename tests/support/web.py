"""An application without a service: what talaia.web does for every one."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fastapi import APIRouter, FastAPI
from prometheus_client.registry import Collector
from talaia.contracts.vocabulary import Role
from talaia.stream.views.view import Age
from talaia.web.access import access
from talaia.web.app import REQUESTS_PER_S, create_app

AS_OF = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)


class StillView:
    """A view that does not move."""

    def __init__(self, as_of: datetime | None = AS_OF, reason: str = "") -> None:
        self._age = Age(as_of=as_of, lag_s=1.5, lag_events=3)
        self.reason = reason

    def age(self) -> Age:
        return self._age

    async def unready(self) -> str:
        return self.reason


def keys_of_roles(folder: Path) -> Path:
    """A key file with a key for each role; the key is the role's name."""
    file = folder / "keys"
    file.write_text("".join(f"{role}-1 {role} {hashlib.sha256(role.encode()).hexdigest()}\n" for role in Role))
    return file


def application(
    *routers: APIRouter,
    key_file: Path | None = None,
    oidc_file: Path | None = None,
    view: StillView | None = None,
    requests_per_s: float = REQUESTS_PER_S,
    collectors: Sequence[Collector] = (),
) -> FastAPI:
    """An application on loopback."""
    return create_app(
        title="Test",
        version="1",
        access=access("127.0.0.1", key_file, oidc_file),
        shown=view or StillView(),
        routers=list(routers),
        requests_per_s=requests_per_s,
        collectors=collectors,
    )


@asynccontextmanager
async def client(app: FastAPI, headers: Sequence[tuple[str, str]] = ()) -> AsyncIterator[httpx.AsyncClient]:
    """Asks an application in this process."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001", headers=list(headers)) as asking:
        yield asking
