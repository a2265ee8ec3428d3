"""The city file `waste.toml`: how it is read, and how its catchments become `configured` events."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.catchment import Catchment, Gauge, Site
from talaia.contracts.waste import Configured
from talaia.stream.city_file import read_city_file
from talaia.stream.processor import Message
from talaia.waste.ingest.city_entries import CatchmentEntry, City, Placed
from talaia.waste.ingest.city_mistakes import mistakes
from talaia.waste.ingest.source_mistakes import source_mistakes

CITY_FILE = "waste.toml"
_Thing = TypeVar("_Thing", Gauge, Site)


def read_city(folder: Path) -> City:
    """The city of a folder. Raises ValueError with all mistakes, one a line: file, line, field, cure."""
    says = f"a city's waste water is described in {CITY_FILE}"
    return read_city_file(folder / CITY_FILE, City, says, lambda city: [*mistakes(city), *source_mistakes(city)])


def configured(city: City, *, source: str, decided_by: str, now: datetime) -> list[Message]:
    """A `configured` event for each catchment; the same content has the same hash."""
    return [_configured(city.area, catchment, source, decided_by, now) for catchment in city.catchments]


def _configured(area: str, entry: CatchmentEntry, source: str, decided_by: str, now: datetime) -> Message:
    gauges = [_told(gauge, Gauge) for gauge in entry.gauges]
    sites = [_told(site, Site) for site in entry.sites]
    content = hashlib.sha256(msgspec.json.encode((entry.id, area, gauges, sites, entry.zone))).hexdigest()
    event = Configured(
        id=f"{entry.id}@{now.isoformat()}",
        source=source,
        subject=entry.id,
        time=now,
        recordedtime=now,
        data=Catchment(
            catchment=entry.id,
            area=area,
            hash=content,
            valid_from=now,
            decided_by=decided_by,
            zone=entry.zone,
            gauges=gauges,
            sites=sites,
        ),
    )
    return Message(MEASUREMENTS, entry.id, event)


def _told(entry: Placed, to: type[_Thing]) -> _Thing:
    """A site or gauge as it travels: in the words of the file, but for its place."""
    said = entry.model_dump(mode="json", exclude_none=True)
    place = {name: said.pop(name) for name in ("lat", "lon") if name in said}
    return msgspec.convert(said | ({"place": place} if place else {}), to)
