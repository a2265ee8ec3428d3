"""Tables of measurements (CSV), as loggers and SCADA systems write them: which column says what, and how numbers and times look.

`columns.toml` beside a table says what differs from the defaults:

    delimiter = ";"
    decimal = ","
    time_format = "%d/%m/%Y %H:%M:%S"     # ISO 8601 if left out
    zone = "Europe/Madrid"                # of times without an offset; the city file's if left out
    columns = { timestamp = "Fecha", value = "Valor", tag = "Punto", quality = "Calidad" }
    same = { unit = "cm" }                # what holds for all lines

Fields: `tag` (of a channel of the city file), or site, sensor, quantity and unit; `timestamp` and `value`; and where there are
such, `quality` (a word, or OPC's number), `id` and `received`. What is left of the columns says nothing here.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from pydantic import AfterValidator, Field

from talaia.contracts.register import zone_named
from talaia.stream.city_file import Entry, Where, read_city_file
from talaia.waste.ingest.channels import Channels
from talaia.waste.ingest.local_time import LocalTimes
from talaia.waste.ingest.measurements import Item
from talaia.waste.ingest.quality import BAD, quality_of

COLUMNS_FILE = "columns.toml"
_FIELDS = ("tag", "site", "sensor", "quantity", "unit", "timestamp", "value", "quality", "id", "received")
_NUMBER = {mark: re.compile(rf"[+-]?\d+({re.escape(mark)}\d*)?([eE][+-]?\d+)?") for mark in (".", ",")}


def _known_zone(name: str) -> str:
    if name and zone_named(name) is None:
        raise ValueError("no time zone is known by this name: give one as Europe/Madrid")
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
_Word = Annotated[str, Field(min_length=1, max_length=200)]


class TableForm(Entry):
    """How a table is written."""

    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal: Literal[".", ","] = "."
    time_format: Annotated[str, Field(max_length=60)] = ""
    zone: Zone = ""
    columns: dict[str, _Word] = Field(default_factory=dict)
    same: dict[str, _Word] = Field(default_factory=dict)


class Row(NamedTuple):
    """One line of a table. received: None where the table does not say.

    item: None where the tag is not in the city file, or where the quality is bad and no value is given: nothing was measured.
    """

    number: int
    item: Item | None
    received: datetime | None


class BadRow(ValueError):
    """A line that says no measurement. number: of the line, the heading is 1."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(why)
        self.number = number


def read_form(path: Path) -> TableForm:
    """The form of a table by the file that says it; the defaults where there is none. Raises ValueError."""
    if not path.is_file():
        return TableForm()
    return read_city_file(path, TableForm, "it says how a table is written", _mistakes)


def _mistakes(form: TableForm) -> Iterator[tuple[Where, str]]:
    for name in ("columns", "same"):
        for given in getattr(form, name):
            if given not in _FIELDS:
                yield (name, given), f"there is no such field; there are {', '.join(_FIELDS)}"


class Table:
    """Reads lines of a table. zone: of times without an offset, where the form does not say."""

    def __init__(self, form: TableForm, channels: Channels, zone: str = "") -> None:
        self._form = form
        self._channels = channels
        self._times = LocalTimes(zone_named(form.zone or zone) if form.zone or zone else None, form.time_format)
        self._number = _NUMBER[form.decimal]

    def rows(self, lines: Iterable[str]) -> Iterator[Row | BadRow]:
        """All lines under the heading, whatever is wrong with one. Raises ValueError for a table that cannot be read at all."""
        try:
            yield from self._rows(lines)
        except UnicodeDecodeError:
            raise ValueError("it is not written in UTF-8: save it so") from None

    def _rows(self, lines: Iterable[str]) -> Iterator[Row | BadRow]:
        reader = csv.reader(lines, delimiter=self._form.delimiter)
        try:
            heading = next(reader, [])
            places = self._places(heading)
        except csv.Error as error:
            raise ValueError(f"its heading is none of a table: {error}") from None
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRow(reader.line_num, f"no line of a table: {error}")
                continue
            if any(map(str.strip, cells)):
                try:
                    if any(cells[len(heading) :]):
                        raise ValueError(
                            f"it has more columns than the heading, {len(cells)}: is a {self._form.delimiter!r} in a value?"
                        )
                    yield self._row(reader.line_num, cells, places)
                except (ValueError, msgspec.ValidationError) as error:
                    yield BadRow(reader.line_num, str(error))

    def _places(self, heading: list[str]) -> Mapping[str, int]:
        found = {name.strip().lower(): place for place, name in enumerate(heading)}
        places = {}
        for field in _FIELDS:
            name = self._form.columns.get(field, field)
            if name.strip().lower() in found:
                places[field] = found[name.strip().lower()]
            elif field in self._form.columns:
                raise ValueError(f"no column is named {name!a}: there are {', '.join(heading)[:300]!a}")
        named = ("tag",) if "tag" in {*places, *self._form.same} else ("site", "sensor", "quantity", "unit")
        lacking = [field for field in ("timestamp", "value", *named) if field not in {*places, *self._form.same}]
        if lacking:
            raise ValueError(f"no column says {', '.join(lacking)}: name it in {COLUMNS_FILE}")
        return places

    def _row(self, number: int, cells: list[str], places: Mapping[str, int]) -> Row:
        said = dict(self._form.same)
        for field, place in places.items():
            if place >= len(cells):
                raise ValueError(f"it has {len(cells)} columns, its {field} would be number {place + 1}")
            said[field] = cells[place].strip()
        name = said.get("tag") or f"{said.get('site')}/{said.get('sensor')}"
        quality = quality_of(said.get("quality", ""))
        missing = quality == BAD and not said["value"]
        if missing or ("tag" in said and said["tag"] not in self._channels.by_tag):
            return Row(number, None, None)
        time = self._times.moment(name, said["timestamp"])
        received = self._times.moment(f"received {name}", said["received"]) if said.get("received") else None
        value = self._value(said["value"])
        if "tag" in said:
            return Row(number, self._channels.by_tag[said["tag"]].item(time, value, quality, said.get("id", "")), received)
        names = {field: said[field] for field in ("site", "sensor", "quantity", "unit")}
        own = {"id": said["id"]} if said.get("id") else {}
        item = msgspec.convert(names | own | {"time": time, "value": value, "quality": quality}, Item)
        return Row(number, item, received)

    def _value(self, written: str) -> float | str:
        """A number in the table's way of writing; any other word as it stands."""
        if self._number.fullmatch(written):
            return float(written.replace(",", "."))
        if not written or written[0] in "+-.,0123456789":
            raise ValueError(f"{written[:40]!a} is no number with {self._form.decimal!r} before its decimals")
        return written[:21]
