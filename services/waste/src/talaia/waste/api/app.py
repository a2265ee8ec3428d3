"""The waste API: its view, its routes, its door."""

from contextlib import AbstractContextManager
from importlib.metadata import version

from fastapi import FastAPI
from sqlmodel import Session

from talaia.stream.settings import BusSettings
from talaia.waste.api import doors, equipment, routes, scoreboard, signals, spills
from talaia.waste.api.forecast_metrics import ForecastMetrics
from talaia.waste.settings import WasteSettings
from talaia.waste.view.project import VIEW
from talaia.web.view_app import view_app


def make_app(settings: WasteSettings, bus: BusSettings) -> FastAPI:
    """The application. Raises talaia.web.refused.Refused."""

    def session() -> AbstractContextManager[Session]:
        found: AbstractContextManager[Session] = app.state.projection.session()
        return found

    forecasts = ForecastMetrics(session)
    app = view_app(
        VIEW,
        settings,
        bus,
        title="Talaia waste water",
        version=version("talaia-waste"),
        routers=[routes.router, scoreboard.router, equipment.router, signals.router, spills.router, doors.router],
        beside=[forecasts.running()],
        collectors=[forecasts],
        body_limit_bytes=doors.BATCH_BYTES,
    )
    return app
