"""The alerts API: its view, its routes, its page."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI
from starlette.types import Lifespan

from talaia.alerts.api import acts, alarms, journal, page
from talaia.alerts.api.acting import Moved
from talaia.alerts.api.desk import Desk
from talaia.alerts.settings import AlertsSettings
from talaia.alerts.view import queries
from talaia.alerts.view.project import VIEW
from talaia.contracts.catalogue import ACTS, SIGNALS
from talaia.stream.logs import configure_logs
from talaia.stream.settings import BusSettings
from talaia.stream.views.pace import GroupPace
from talaia.stream.views.projection import Projection
from talaia.web.access import Access, access
from talaia.web.app import create_app
from talaia.web.sender import Sender
from talaia.web.serve import serve

WORKER = "alerts-worker"
JUDGED = (SIGNALS, ACTS)
ROUTERS: Sequence[APIRouter] = (alarms.router, acts.router, journal.router, page.router)


def seated(desk: Desk, who_may: Access, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """The application of a desk."""
    app = create_app(
        title="Talaia alerts",
        version=version("talaia-alerts"),
        access=who_may,
        shown=desk.view,
        routers=ROUTERS,
        lifespan=lifespan,
    )
    app.add_exception_handler(Moved, acts.moved)
    app.state.desk = desk
    return app


def make_app(settings: AlertsSettings, bus: BusSettings) -> FastAPI:
    """The application on its bus. Raises talaia.web.refused.Refused."""
    projection = Projection(VIEW, settings.database_url.get_secret_value(), bus)
    sender = Sender(bus)

    def seen() -> dict[tuple[str, int], int]:
        with projection.session() as session:
            return queries.reached(session, [topic.name for topic in JUDGED])

    judging = GroupPace(bus, WORKER, JUDGED, seen)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with projection.running(), sender.running(), judging.running():
            yield

    desk = Desk(view=projection, sender=sender, judging=judging, clock=bus.clock, zone=ZoneInfo(settings.zone))
    who_may = access(settings.host, settings.key_file, settings.oidc_file)
    return seated(desk, who_may, lifespan)


def run(settings: AlertsSettings, bus: BusSettings) -> None:
    """Serve until SIGTERM. Raises talaia.web.refused.Refused."""
    configure_logs(bus.instance or "alerts-api")
    app = make_app(settings, bus)
    serve(app, settings.host, settings.port, stopping=app.state.desk.view.changes.close)
