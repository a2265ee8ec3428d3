"""How the command line knows this service."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from talaia.alerts.backtest.against import compare
from talaia.alerts.backtest.run import backtest, register_of
from talaia.alerts.ingest.recording import Recording
from talaia.alerts.ingest.register import configured, read_register
from talaia.alerts.worker.stream import AlertsProcessor
from talaia.stream.environment import read
from talaia.stream.processor import Message
from talaia.stream.service import Service

if TYPE_CHECKING:
    from talaia.stream.views.view import View


def _recording(folder: Path) -> Iterator[Message]:
    return Recording(folder, register_of(folder, None)).messages()


def _configure(folder: Path, decided_by: str, now: datetime) -> list[Message]:
    register = read_register(folder)
    area = register.area or folder.resolve().name
    return [configured(register, area=area, source=f"talaia/city/{area}", decided_by=decided_by, now=now)]


def _view() -> tuple["View", str]:
    from talaia.alerts.settings import AlertsSettings  # noqa: PLC0415
    from talaia.alerts.view.project import VIEW  # noqa: PLC0415

    return VIEW, read(AlertsSettings).database_url.get_secret_value()


SERVICE = Service(
    name="alerts",
    processor=AlertsProcessor,
    recording=_recording,
    configure=_configure,
    backtest=backtest,
    compare=compare,
    view=_view,
)
"""Found by entry point `talaia.services`."""
