"""How the command line knows this service."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from talaia.stream.environment import read
from talaia.stream.processor import Message
from talaia.stream.service import Service
from talaia.waste.backtest.run import backtest
from talaia.waste.ingest.city import configured, read_city
from talaia.waste.ingest.recording import Recording
from talaia.waste.worker.stream import WasteProcessor

if TYPE_CHECKING:
    from talaia.stream.views.view import View


def _recording(folder: Path) -> Iterator[Message]:
    return Recording(folder).messages()


def _configure(folder: Path, decided_by: str, now: datetime) -> list[Message]:
    city = read_city(folder)
    return configured(city, source=f"talaia/city/{city.area}", decided_by=decided_by, now=now)


def _view() -> tuple["View", str]:
    from talaia.waste.settings import WasteSettings  # noqa: PLC0415
    from talaia.waste.view.project import VIEW  # noqa: PLC0415

    return VIEW, read(WasteSettings).database_url.get_secret_value()


SERVICE = Service(
    name="waste", processor=WasteProcessor, recording=_recording, configure=_configure, backtest=backtest, view=_view
)
