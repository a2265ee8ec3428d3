"""Tables of a large record are sent in parts: however many spills there are, few are held at once."""

import asyncio
import gc
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlmodel import Session
from support.waste_api import waste_api
from support.waste_events import minute
from talaia.contracts.vocabulary import VolumeMethod
from talaia.stream.views.rows import keep_newest
from talaia.stream.views.store import Store
from talaia.waste.view.project import VIEW
from talaia.waste.view.tables import SpillRow

SITES = 50
LARGEST_BYTES = 128 * 1024
MOST_HELD = 2_000
A_YEAR_MIN = 366 * 24 * 60


def spill(number: int) -> dict[str, Any]:
    """One of many sites, each of which spills again and again."""
    counted = {"year": 2026, "counted": number // SITES + 1, "duration_s": 60.0}
    return {
        **{"spill_id": f"T/{number}", "catchment": "c1", "site": f"T{number % SITES}"},
        **{"start": minute(number), "end": minute(number + 1), "duration_s": 60.0},
        **{"volume_m3": 12.3, "volume_uncertainty_m3": 1.2, "volume_method": VolumeMethod.WEIR.value},
        **{"dry_weather": False, "provisional": False, "withdrawn": False, "gaps": [], "counted": [counted]},
        **{"receiving_water": "River", "bathing_site": "", "position": f"{number:020}"},
        **{"volume_since": None, "end_unknown": ""},
    }


class Reader:
    """Asks an application, and looks now and then at how many spills are held while it takes what is sent."""

    def __init__(self) -> None:
        self.largest_bytes = self.lines = self.parts = self.most_held = 0
        self._said = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive(self) -> dict[str, Any]:
        return next(self._said, None) or await asyncio.Future()  # nobody hangs up

    async def send(self, message: dict[str, Any]) -> None:
        assert message.get("status", 200) == 200, message
        body = message.get("body", b"")
        self.largest_bytes = max(self.largest_bytes, len(body))
        self.lines += body.count(b"\n")
        if self.parts % 50 == 1:
            self.most_held = max(self.most_held, sum(isinstance(each, SpillRow) for each in gc.get_objects()))
        self.parts += 1


@pytest.mark.parametrize("spills", [5_000, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
async def test_however_many_spills_there_are_few_are_held_at_once(tmp_path: Path, spills: int) -> None:
    url = f"sqlite:///{tmp_path}/view.sqlite"
    app, _ = waste_api(url, [])
    with Session(Store(VIEW, url).engine) as session:
        for first in range(0, spills, 5_000):
            keep_newest(session, SpillRow, [spill(number) for number in range(first, first + 5_000)])
        session.commit()
    year = {"start": minute(0).isoformat(), "end": minute(A_YEAR_MIN).isoformat()}
    for path, asked, lines in (
        ("/v1/spills.csv", year, spills + 1),
        ("/v1/annual-return.csv", {"year": "2026"}, SITES + 1),
    ):
        scope = {
            **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http"},
            **{"path": path, "raw_path": path.encode(), "query_string": urlencode(asked).encode(), "root_path": ""},
            **{"headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)},
        }
        reader = Reader()
        await app(scope, reader.receive, reader.send)
        assert reader.lines == lines
        assert reader.largest_bytes < LARGEST_BYTES
        assert reader.most_held < MOST_HELD
