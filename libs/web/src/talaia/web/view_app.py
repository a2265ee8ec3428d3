"""An application that shows one view and passes what comes in at its doors to the bus; and what its routes ask for."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from prometheus_client.registry import Collector
from sqlmodel import Session
from starlette.types import Lifespan

from talaia.contracts.vocabulary import Clock
from talaia.stream.certificates import Certificates
from talaia.stream.clock import wall_now
from talaia.stream.connection import kafka_file_of
from talaia.stream.settings import BusSettings
from talaia.stream.views.projection import Projection
from talaia.stream.views.view import View
from talaia.web.access import access
from talaia.web.app import BODY_LIMIT_BYTES, create_app
from talaia.web.sender import Sender
from talaia.web.settings import ApiSettings


def view_app(
    view: View,
    settings: ApiSettings,
    bus: BusSettings,
    *,
    title: str,
    version: str,
    routers: Sequence[APIRouter],
    beside: Sequence[AbstractAsyncContextManager[None]] = (),
    collectors: Sequence[Collector] = (),
    body_limit_bytes: int = BODY_LIMIT_BYTES,
) -> FastAPI:
    """The application of a view. Its state: `projection`, `sender`, `clock`. Raises talaia.web.refused.Refused.

    beside: what runs as long as the application does, besides view and sender. collectors: what its metrics show besides.
    body_limit_bytes: more only for a route that reads its body itself, in a thread.
    """
    projection, sender = Projection(view, settings.database_url.get_secret_value(), bus), Sender(bus)
    app = create_app(
        title=title,
        version=version,
        access=access(settings.address.host, settings.key_file, settings.oidc_file),
        shown=projection,
        routers=routers,
        lifespan=_lifespan(projection.running(), sender.running(), *beside),
        collectors=[Certificates(kafka_file_of(bus)), *collectors],
        body_limit_bytes=body_limit_bytes,
    )
    app.state.projection, app.state.sender, app.state.clock = projection, sender, bus.clock
    return app


def _lifespan(*running: AbstractAsyncContextManager[None]) -> Lifespan[FastAPI]:
    """The lifespan of an application as long as which these run; they end in reverse order."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for each in running:
                await stack.enter_async_context(each)
            yield

    return lifespan


def _session(request: Request) -> Iterator[Session]:
    with request.app.state.projection.session() as session:
        yield session


Reading = Annotated[Session, Depends(_session)]
"""A session that reads the view."""


def door_time(request: Request) -> datetime:
    """When what comes in is recorded: by the wall, or by the time of the recording that is replayed."""
    as_of: datetime | None = request.app.state.projection.age().as_of
    return as_of if request.app.state.clock is Clock.REPLAY and as_of is not None else wall_now()
