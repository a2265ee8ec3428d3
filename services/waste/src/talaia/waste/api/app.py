"""The waste API: its view, its routes, its door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from talaia.stream.logs import configure_logs
from talaia.stream.settings import BusSettings
from talaia.stream.views.projection import Projection
from talaia.waste.api import doors, routes
from talaia.waste.settings import WasteSettings
from talaia.waste.view.project import VIEW
from talaia.web.access import access
from talaia.web.app import create_app
from talaia.web.sender import Sender
from talaia.web.serve import serve


def make_app(settings: WasteSettings, bus: BusSettings) -> FastAPI:
    """The application. Raises talaia.web.refused.Refused."""
    projection = Projection(VIEW, settings.database_url.get_secret_value(), bus)
    sender = Sender(bus)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with projection.running(), sender.running():
            yield

    app = create_app(
        title="Talaia waste water",
        version=version("talaia-waste"),
        access=access(settings.host, settings.key_file, settings.oidc_file),
        shown=projection,
        routers=[routes.router, doors.router],
        lifespan=lifespan,
    )
    app.state.projection = projection
    app.state.sender = sender
    app.state.clock = bus.clock
    return app


def run(settings: WasteSettings, bus: BusSettings) -> None:
    """Serve until SIGTERM. Raises talaia.web.refused.Refused."""
    configure_logs(bus.instance or "waste-api")
    app = make_app(settings, bus)
    serve(app, settings.host, settings.port, stopping=app.state.projection.changes.close)
