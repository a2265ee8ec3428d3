"""An application without a service: what talaia.web does for every one."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fastapi import APIRouter, FastAPI
from talaia.stream.views.view import Age
from talaia.web.access import access
from talaia.web.app import create_app

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


def application(*routers: APIRouter, key_file: Path | None = None, view: StillView | None = None) -> FastAPI:
    """An application on loopback."""
    rights = access("127.0.0.1", key_file)
    return create_app(title="Test", version="1", access=rights, shown=view or StillView(), routers=list(routers))


@asynccontextmanager
async def client(app: FastAPI, headers: Sequence[tuple[str, str]] = ()) -> AsyncIterator[httpx.AsyncClient]:
    """Asks an application in this process."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001", headers=list(headers)) as asking:
        yield asking
