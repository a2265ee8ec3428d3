"""A recording: a folder with its events, and `waste.toml` or `sites.json` for its sites.

Events are lines of JSON in order of arrival (`events.ndjson`), or a table (`events.csv`, see `tables`), either of them packed
(.gz) or not. A table that does not say when its lines arrived is taken as if each had arrived when it was measured.
Its source is the hash of its content, so that the same recording twice is the same events twice.
"""

import gzip
import hashlib
import heapq
import io
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO, NamedTuple, cast

import msgspec
from msgspec import Meta
from pydantic import ValidationError

from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.envelope import Instant, Name
from talaia.contracts.vocabulary import Quantity, SiteKind
from talaia.stream.processor import Message
from talaia.waste.ingest.bad_lines import BadLine, PutAside, ends_it
from talaia.waste.ingest.channels import channels_of
from talaia.waste.ingest.city import CITY_FILE, configured, read_city
from talaia.waste.ingest.city_entries import CatchmentEntry, City, GaugeEntry, PumpEntry, SiteEntry, WeirEntry
from talaia.waste.ingest.measurements import Item, measured
from talaia.waste.ingest.nowcasts import NOWCAST_FILE, recorded
from talaia.waste.ingest.quality import GOOD, Quality
from talaia.waste.ingest.tables import COLUMNS_FILE, BadRow, Table, read_form

NAMES = ("events.ndjson", "events.ndjson.gz", "events.csv", "events.csv.gz")
UNNAMED = "recording"
"""Catchment and area of a recording that has only `sites.json`."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `events.ndjson`. ts: when measured; received: when it reached the door."""

    id: int | Name
    ts: Instant
    received: Instant
    site: Name
    sensor: Name
    quantity: Quantity
    value: float
    unit: Name
    quality: Quality = GOOD


class RecordedWeir(msgspec.Struct, frozen=True, kw_only=True):
    """A weir of `sites.json`. k: flow = k h^1.5, in m^1.5/s."""

    k: Annotated[float, Meta(gt=0)]


class RecordedSite(msgspec.Struct, frozen=True, kw_only=True):
    """A site of `sites.json`. pumps: how many; they are called P1 and so on, their sensors `<site>.P1.cmd` and `.run`."""

    kind: SiteKind
    crest_m: Annotated[float, Meta(gt=0, le=100)]
    rain_gauge: Name
    downstream: Name | None = None
    wet_well_area_m2: Annotated[float, Meta(gt=0)] | None = None
    weir: RecordedWeir | None = None
    pumps: Annotated[int, Meta(ge=0, le=12)] = 0
    pump_rated_lps: Annotated[float, Meta(gt=0)] | None = None


class _Arrival(NamedTuple):
    """An item, when it reached the door, and the line that says so."""

    number: int
    item: Item
    received: datetime


class Recording:
    """A recording, opened: its folder, or the file of its events there. Raises ValueError that names file and line."""

    def __init__(self, place: Path, city: City | None = None) -> None:
        self.path = place if place.is_file() else _events(place)
        self.city = city or _city(self.path.parent)
        self._catchments = self.city.catchment_of()
        self._only = self.city.catchments[0].id if len(self.city.catchments) == 1 else None
        digest = hashlib.sha256()
        self.lines = 0
        try:
            with self._open() as file:
                for line in file:
                    digest.update(line)
                    self.lines += 1
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise ValueError(f"{self.path}: it is cut short or damaged, get it again") from None
        if not self.lines:
            raise ValueError(f"{self.path}: no recording: it holds no event")
        if (nowcasts := self.path.parent / NOWCAST_FILE).is_file():
            digest.update(nowcasts.read_bytes())
        self.source = f"urn:sha256:{digest.hexdigest()}"

    def messages(self, bad: PutAside = ends_it) -> Iterator[Message]:
        """Its configuration, then its events and nowcasts in recorded order. bad: hears of each line that says none.

        Raises ValueError when no line says an event, and BadLine where `bad` does.
        """
        nowcasts = recorded(self.path.parent / NOWCAST_FILE, self._catchment_of, self.source, bad)
        first = True
        for message in heapq.merge(self._measured(bad), nowcasts, key=lambda message: message.event.recordedtime):
            if first:
                yield from self.configuration(message.event.recordedtime)
                first = False
            yield message

    def _measured(self, bad: PutAside) -> Iterator[Message]:
        first: BadLine | None = None
        read = False
        with self._open() as file:
            for arrival in self._arrivals(file):
                told = arrival if isinstance(arrival, BadLine) else self._message(arrival)
                if isinstance(told, BadLine):
                    bad(told)
                    first = first or told
                else:
                    read = True
                    yield told
        if not read:
            raise ValueError(f"{self.path}: no recording: none of its lines says a measurement; {first}")

    def _message(self, arrival: "_Arrival") -> Message | BadLine:
        item = arrival.item
        try:
            event = measured(item, source=self.source, recorded_at=arrival.received)
        except ValueError as error:
            return self._wrong(arrival.number, error)
        catchment = self._catchment_of(item.site)
        if catchment is None:
            why = f"no catchment has site or gauge {item.site!r}: add it to the city file"
            return self._wrong(arrival.number, why, "unknown_site")
        return Message(MEASUREMENTS, catchment, event)

    def _catchment_of(self, place: str) -> str | None:
        """Of a site or gauge; one that nobody knows is of the only catchment there is."""
        return self._catchments.get(place, self._only)

    def _arrivals(self, file: BinaryIO) -> Iterator["_Arrival | BadLine"]:
        return self._of_table(file) if ".csv" in self.path.suffixes else self._of_lines(file)

    def _of_lines(self, file: BinaryIO) -> Iterator["_Arrival | BadLine"]:
        decode = msgspec.json.Decoder(Line).decode
        for number, text in enumerate(file, start=1):
            try:
                line = decode(text)
            except (msgspec.DecodeError, ValueError) as error:
                yield self._wrong(number, error)
            else:
                yield _Arrival(number, _item(line), line.received)

    def _of_table(self, file: BinaryIO) -> Iterator["_Arrival | BadLine"]:
        table = Table(read_form(self.path.parent / COLUMNS_FILE), channels_of(self.city), self.city.zone())
        try:
            rows = list(table.rows(io.TextIOWrapper(file, "utf-8-sig", newline="")))
        except ValueError as error:
            raise ValueError(f"{self.path}: {error}") from None
        bad = [self._wrong(row.number, row) for row in rows if isinstance(row, BadRow)]
        arrivals = [
            _Arrival(row.number, row.item, row.received or row.item.time)
            for row in rows
            if not isinstance(row, BadRow) and row.item is not None
        ]
        if not arrivals and not bad:
            raise ValueError(f"{self.path}: none of its lines is of a sensor that the city file names: give sensors their tags")
        yield from bad
        yield from sorted(arrivals, key=lambda arrival: arrival.received)

    def _wrong(self, number: int, why: object, reason: str = "") -> BadLine:
        return BadLine(self.path, number, why, reason)

    def configuration(self, now: datetime) -> list[Message]:
        """Its sites, as configured at `now`."""
        return configured(self.city, source=self.source, decided_by=UNNAMED, now=now)

    def _open(self) -> BinaryIO:
        return cast(BinaryIO, gzip.open(self.path)) if self.path.suffix == ".gz" else self.path.open("rb")


def _item(line: Line) -> Item:
    return Item(
        id=str(line.id),
        time=line.ts,
        site=line.site,
        sensor=line.sensor,
        quantity=line.quantity,
        value=line.value,
        unit=line.unit,
        quality=line.quality,
    )


def _events(folder: Path) -> Path:
    if not folder.is_dir():
        raise ValueError(f"{folder}: no recording: there is no such folder or file")
    for name in NAMES:
        if (folder / name).is_file():
            return folder / name
    raise ValueError(f"{folder}: no recording: it has none of {', '.join(NAMES)}")


def _city(folder: Path) -> City:
    if (folder / CITY_FILE).is_file():
        return read_city(folder)
    path = folder / "sites.json"
    if not path.is_file():
        raise ValueError(f"{folder}: its sites are not known: put {CITY_FILE} or sites.json beside the events")
    try:
        return _unnamed(msgspec.json.decode(path.read_bytes(), type=dict[str, RecordedSite]))
    except ValidationError as error:
        raise ValueError(f"{path}: {error.errors()[0]['msg']}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _unnamed(sites: Mapping[str, RecordedSite]) -> City:
    gauges = [GaugeEntry(id=gauge) for gauge in sorted({site.rain_gauge for site in sites.values()})]
    entries = [_entry(name, site) for name, site in sorted(sites.items())]
    return City(area=UNNAMED, catchments=[CatchmentEntry(id=UNNAMED, gauges=gauges, sites=entries)])


def _entry(name: str, site: RecordedSite) -> SiteEntry:
    rated = None if site.pump_rated_lps is None else site.pump_rated_lps / 1_000
    pumps = [
        PumpEntry(id=pump, command=f"{name}.{pump}.cmd", running=f"{name}.{pump}.run", rated_m3_per_s=rated)
        for pump in (f"P{n + 1}" for n in range(site.pumps))
    ]
    return SiteEntry(
        id=name,
        kind=site.kind,
        crest_m=site.crest_m,
        gauge=site.rain_gauge,
        downstream=site.downstream,
        area_m2=site.wet_well_area_m2,
        weir=None if site.weir is None else WeirEntry(k=site.weir.k),
        pumps=pumps,
    )
