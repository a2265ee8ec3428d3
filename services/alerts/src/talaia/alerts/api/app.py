"""The alerts API: its view, its routes, its page."""

from collections.abc import Sequence
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.types import Lifespan

from talaia.alerts.api import acts, alarms, journal, page
from talaia.alerts.api.acting import Moved
from talaia.alerts.api.desk import Desk
from talaia.alerts.settings import AlertsSettings
from talaia.alerts.view import queries
from talaia.alerts.view.project import VIEW
from talaia.contracts.catalogue import ACTS, SIGNALS
from talaia.stream.settings import BusSettings
from talaia.stream.views.pace import GroupPace
from talaia.stream.views.projection import Projection
from talaia.web.access import Access, access
from talaia.web.app import create_app
from talaia.web.sender import Sender
from talaia.web.view_app import beside

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

    desk = Desk(view=projection, sender=sender, judging=judging, clock=bus.clock)
    lifespan = beside(projection.running(), sender.running(), judging.running())
    app = seated(desk, access(settings.address.host, settings.key_file, settings.oidc_file), lifespan)
    app.state.projection = projection
    return app
