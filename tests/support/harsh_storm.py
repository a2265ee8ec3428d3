"""A storm in which every family of rules has something to say: the demo's recording, and a pumping station beside it that fails.

Readings come late, twice and in another order; sensors spike and stand still; of the two pumps one refuses to run at times.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from support.house import ROOT
from support.town import MIDNIGHT, MINUTE
from support.wet_well import WetWell
from talaia.waste.model.events import Measurement

STORM = ROOT / "infra" / "cities" / "demo" / "storm"
BEGIN, NIGHT, END = "2000-01-10T00", "2000-01-11T03:20", "2000-01-12T01"
"""A day in which forecasts learn, the overflows of the night, and the midnight at which spills are settled."""
STATION = """
[[catchments.sites]]
id = "PS1"
kind = "pump_station"
name = "Port pumping station"
crest_m = 4.0
area_m2 = 14.0
gauge = "RG1"
lat = 41.378
lon = 2.184
[[catchments.sites.pumps]]
id = "P1"
command = "PS1.P1.cmd"
running = "PS1.P1.run"
[[catchments.sites.pumps]]
id = "P2"
command = "PS1.P2.cmd"
running = "PS1.P2.run"
"""
LATE_S = 30.0
"""Who comes later is late: the slot of a forecast waits so long. Here nobody is late whose slot is still open."""

Line = dict[str, Any]
"""A line of a recording's `events.ndjson`."""


@dataclass
class _Told:
    """Stands where a town stands and writes down what it is told."""

    measurements: list[Measurement] = field(default_factory=list)

    def tell(self, told: Measurement) -> None:
        self.measurements.append(told)


def storm(begin: str = BEGIN, end: str = END) -> list[Line]:
    """All that was measured from one time on, until another, in order of arrival."""
    lines = [line for line in _demo() if begin <= line["ts"] < end]
    first = datetime.fromisoformat(lines[0]["ts"])
    minutes = (datetime.fromisoformat(lines[-1]["ts"]) - first) // MINUTE
    return sorted([*lines, *_pumping(first, minutes)], key=lambda line: str(line["received"]))


def recorded(lines: Iterable[Line], folder: Path) -> Path:
    """A recording of these lines, in a new folder and those it lies in."""
    folder.mkdir(parents=True)
    numbered = (json.dumps(line | {"id": number}) for number, line in enumerate(lines))
    (folder / "events.ndjson").write_text("".join(f"{line}\n" for line in numbered))
    (folder / "waste.toml").write_text((STORM / "waste.toml").read_text() + STATION)
    return folder


def in_time(lines: Iterable[Line]) -> list[Line]:
    """Without those that came late."""
    return [line for line in lines if _waited(line) <= timedelta(seconds=LATE_S)]


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Each once, a second after it was measured."""
    first: dict[tuple[str, str], Line] = {}
    for line in lines:
        received = _iso(datetime.fromisoformat(line["ts"]) + timedelta(seconds=1))
        first.setdefault((line["sensor"], line["ts"]), line | {"received": received})
    return sorted(first.values(), key=lambda line: str(line["received"]))


@cache
def _demo() -> list[Line]:
    with gzip.open(STORM / "events.ndjson.gz", "rt") as file:
        return [json.loads(line) for line in file]


def _pumping(first: datetime, minutes: int) -> Iterator[Line]:
    """The station through these minutes: every eight hours P1 refuses for two, and some of what it says comes late or twice."""
    luck, told = Random(7), _Told()
    well = WetWell(town=told, order=["P1", "P2"])  # type: ignore[arg-type]
    for minute in range(minutes):
        well.broken = {"P1"} if minute % 480 < 120 else set()
        well.run(1)
    for each in told.measurements:
        arrivals = [each.recorded_at]
        if luck.random() < 0.05:
            arrivals = [each.time + luck.uniform(6, 60) * MINUTE]
        if luck.random() < 0.02:
            arrivals.append(arrivals[0] + MINUTE)
        for arrival in arrivals:
            yield {
                "ts": _iso(first + (each.time - MIDNIGHT)),
                "received": _iso(first + (arrival - MIDNIGHT)),
                "site": each.site,
                "sensor": each.sensor,
                "quantity": each.quantity.value,
                "value": each.value,
                "unit": each.unit.value,
                "quality": each.quality,
            }


def _waited(line: Line) -> timedelta:
    return datetime.fromisoformat(line["received"]) - datetime.fromisoformat(line["ts"])


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
