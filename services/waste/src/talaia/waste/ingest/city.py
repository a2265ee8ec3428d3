"""The city file `waste.toml`: catchments with their gauges and sites, and how they become `configured` events."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import UNSET
from pydantic import Field

from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.vocabulary import SiteKind
from talaia.contracts.waste import Catchment, Configured, Gauge, Place, Site
from talaia.stream.city_file import Entry, Where, field, read_city_file
from talaia.stream.processor import Message
from talaia.waste.model.policy import Policy

CITY_FILE = "waste.toml"
MOST_SITES = 250
MOST_GAUGES = 50
Id = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f/]+$")]
Words = Annotated[str, Field(max_length=2_000)]


class Placed(Entry):
    """A thing with a place in degrees (WGS 84), where known."""

    id: Id
    name: Annotated[str, Field(max_length=200)] = ""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None

    def place(self) -> Place | msgspec.UnsetType:
        """The place on the bus."""
        return UNSET if self.lat is None or self.lon is None else Place(lat=self.lat, lon=self.lon)


class SiteEntry(Placed):
    """A site as the city file says it."""

    kind: SiteKind
    crest_m: Annotated[float, Field(gt=0, le=100)]
    gauge: Id
    receiving_water: Annotated[str, Field(max_length=200)] = ""
    guidance: Words = ""


class CatchmentEntry(Entry):
    """A catchment as the city file says it."""

    id: Id
    gauges: list[Placed] = Field(min_length=1)
    sites: list[SiteEntry] = Field(min_length=1)


class City(Entry):
    """The whole file. area: whose control room it is."""

    area: Id
    catchments: list[CatchmentEntry] = Field(min_length=1)

    def catchment_of(self) -> dict[str, str]:
        """The catchment of every site and gauge."""
        return {thing.id: each.id for each in self.catchments for thing in (*each.gauges, *each.sites)}


def read_city(folder: Path) -> City:
    """The city of a folder. Raises ValueError with all mistakes, one a line: file, line, field, cure."""
    says = f"a city's waste water is described in {CITY_FILE}"
    return read_city_file(folder / CITY_FILE, City, says, _mistakes)


def _mistakes(city: City) -> Iterator[tuple[Where, str]]:
    """What no single field can know."""
    seen: dict[str, str] = {}
    for n, catchment in enumerate(city.catchments):
        here: Where = ("catchments", n)
        for name, things, most in (("gauges", catchment.gauges, MOST_GAUGES), ("sites", catchment.sites, MOST_SITES)):
            if len(things) > most:
                yield (*here, name), f"{len(things)} are too many for one catchment, {most} at most: divide it"
            for m, thing in enumerate(things):
                where = (*here, name, m)
                if thing.id in seen:
                    yield (*where, "id"), f"{thing.id!r} is also {seen[thing.id]}: ids are unique in a city"
                seen.setdefault(thing.id, field(where))
                if (thing.lat is None) != (thing.lon is None):
                    yield where, "give both lat and lon, or neither"
        gauges = [gauge.id for gauge in catchment.gauges]
        for m, site in enumerate(catchment.sites):
            where = (*here, "sites", m)
            if site.gauge not in gauges:
                yield (*where, "gauge"), f"{site.gauge!r} is no gauge of the catchment; there are {', '.join(gauges)}"
            if len(site.model_dump_json().encode()) > Policy().site_bytes - 200:
                yield where, "too much text: shorten the guidance"


def configured(city: City, *, source: str, decided_by: str, now: datetime) -> list[Message]:
    """A `configured` event for each catchment; the same content has the same hash."""
    return [_configured(city.area, catchment, source, decided_by, now) for catchment in city.catchments]


def _configured(area: str, entry: CatchmentEntry, source: str, decided_by: str, now: datetime) -> Message:
    gauges = [Gauge(id=gauge.id, name=gauge.name, place=gauge.place()) for gauge in entry.gauges]
    sites = [
        Site(
            id=site.id,
            kind=site.kind,
            name=site.name,
            crest_m=site.crest_m,
            gauge=site.gauge,
            place=site.place(),
            receiving_water=site.receiving_water,
            guidance=site.guidance,
        )
        for site in entry.sites
    ]
    content = hashlib.sha256(msgspec.json.encode((entry.id, area, gauges, sites))).hexdigest()
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
            gauges=gauges,
            sites=sites,
        ),
    )
    return Message(MEASUREMENTS, entry.id, event)
