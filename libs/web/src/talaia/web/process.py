"""An API as a process: its settings, its logs, its end."""

import sys
from collections.abc import Callable
from typing import TypeVar

from fastapi import FastAPI

from talaia.stream.logs import configure_logs
from talaia.stream.settings import BusSettings, from_environment
from talaia.web.refused import Refused
from talaia.web.serve import serve
from talaia.web.settings import ApiSettings

Settings = TypeVar("Settings", bound=ApiSettings)


def run_api(service: str, kind: type[Settings], make_app: Callable[[Settings, BusSettings], FastAPI]) -> None:
    """Serve until SIGTERM. make_app: its `state.projection` is the view. What must not start ends with one sentence."""
    settings, bus = from_environment(kind), from_environment(BusSettings)
    configure_logs(bus.instance or f"{service}-api")
    try:
        app = make_app(settings, bus)
        serve(app, *settings.address, stopping=app.state.projection.changes.close)
    except Refused as why:
        sys.exit(str(why))
