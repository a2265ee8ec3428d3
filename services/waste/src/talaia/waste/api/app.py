"""The waste API: its view, its routes, its door."""

from importlib.metadata import version

from fastapi import FastAPI

from talaia.stream.settings import BusSettings
from talaia.waste.api import doors, equipment, routes, scoreboard, signals, spills
from talaia.waste.settings import WasteSettings
from talaia.waste.view.project import VIEW
from talaia.web.view_app import view_app


def make_app(settings: WasteSettings, bus: BusSettings) -> FastAPI:
    """The application. Raises talaia.web.refused.Refused."""
    return view_app(
        VIEW,
        settings,
        bus,
        title="Talaia waste water",
        version=version("talaia-waste"),
        routers=[routes.router, scoreboard.router, equipment.router, signals.router, spills.router, doors.router],
        body_limit_bytes=doors.BATCH_BYTES,
    )
