"""The alerts API: its view, its routes, its page."""

from collections.abc import Sequence
from importlib.metadata import version

from fastapi import APIRouter, FastAPI

from talaia.alerts.api import (
    acts,
    alarms,
    alertmanager,
    handovers,
    incidents,
    journal,
    load,
    page,
    register,
    silences,
    subscribing,
)
from talaia.alerts.api.acting import Moved
from talaia.alerts.api.desk import Desk
from talaia.alerts.api.feed import ViewFeed
from talaia.alerts.notify.webhooks.dispatch import Dispatch
from talaia.alerts.notify.webhooks.kept import Subscriptions
from talaia.alerts.settings import AlertsSettings
from talaia.alerts.view import queries
from talaia.alerts.view.project import VIEW
from talaia.contracts.catalogue import ACTS, SIGNALS
from talaia.stream.clock import wall_now
from talaia.stream.settings import BusSettings
from talaia.stream.views.pace import GroupPace
from talaia.web.view_app import view_app

WORKER = "alerts-worker"
JUDGED = (SIGNALS, ACTS)
ROUTERS: Sequence[APIRouter] = (
    alarms.router,
    acts.router,
    incidents.router,
    handovers.router,
    load.router,
    journal.router,
    register.router,
    subscribing.router,
    alertmanager.router,
    silences.router,
    page.router,
)


def make_app(settings: AlertsSettings, bus: BusSettings) -> FastAPI:
    """The application on its bus. Raises talaia.web.refused.Refused."""

    def seen() -> dict[tuple[str, int], int]:
        with app.state.projection.session() as session:
            return queries.reached(session, [topic.name for topic in JUDGED])

    judging = GroupPace(bus, WORKER, JUDGED, seen)
    subscriptions = Subscriptions(settings.database_url.get_secret_value())
    webhooks = Dispatch(subscriptions, ViewFeed(lambda: app.state.projection), wall_now)
    app = view_app(
        VIEW,
        settings,
        bus,
        title="Talaia alerts",
        version=version("talaia-alerts"),
        routers=ROUTERS,
        beside=[judging.running(), webhooks.running()],
    )
    desk = Desk(view=app.state.projection, sender=app.state.sender, judging=judging, clock=app.state.clock)
    seat(app, desk, subscriptions)
    return app


def seat(app: FastAPI, desk: Desk, subscriptions: Subscriptions) -> None:
    """Let the routes of an application work with a desk and its subscriptions."""
    app.add_exception_handler(Moved, acts.moved)
    app.state.desk, app.state.subscriptions = desk, subscriptions
    app.state.started = wall_now()
