"""Recordings as tables: CSV of loggers, and what SCADA systems export, with the tags of the city file."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.hostile import BODIES, Body
from talaia.contracts.waste import Configured, Measured
from talaia.waste.ingest.channels import Channels
from talaia.waste.ingest.recording import Recording
from talaia.waste.ingest.tables import BadRow, Row, Table, TableForm

CITY = """
area = "demo"
[[catchments]]
id = "upper"
zone = "Europe/Madrid"
[[catchments.gauges]]
id = "RG1"
interval_s = 300
source = { tag = "RAIN.1", unit = "mm/h" }
[[catchments.sites]]
id = "T1"
kind = "storage_tank"
crest_m = 5.0
gauge = "RG1"
[[catchments.sites.sensors]]
id = "T1.level"
quantity = "level"
source = { tag = "LT-101", unit = "cm", scale = 0.1 }
[[catchments.sites.sensors]]
id = "T1.P1"
quantity = "pump_running"
source = { tag = "P1.RUN" }
"""
SCADA = """tag;timestamp;value;quality
LT-101;2026-03-01 13:00:00;1234,5;192
LT-101;2026-03-01 13:05:00;1240;64
OTHER;never;?;0
LT-101;2026-03-01 13:10:00;;0
P1.RUN;2026-03-01 13:01:00;ON;216
RAIN.1;2026-03-01 13:05:00;12;192
"""
FORM = 'delimiter = ";"\ndecimal = ","\n'
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def recorded(folder: Path, table: str, form: str = "", city: str = CITY) -> Recording:
    (folder / "events.csv").write_text(table, "utf-8")
    (folder / "waste.toml").write_text(city)
    if form:
        (folder / "columns.toml").write_text(form)
    return Recording(folder)


def told(recording: Recording) -> list[Measured]:
    configured, *events = [message.event for message in recording.messages()]
    assert isinstance(configured, Configured)
    return [event for event in events if isinstance(event, Measured)]


def test_an_export_of_a_scada_system_is_read_by_the_tags_of_the_city_file_in_order_of_time(tmp_path: Path) -> None:
    events = told(recorded(tmp_path, SCADA, FORM))
    assert [(event.subject, event.data.sensor, event.data.quality) for event in events] == [
        ("T1", "T1.level", "good"),
        ("T1", "T1.P1", "good"),
        ("T1", "T1.level", "uncertain"),
        ("RG1", "RG1.rain", "good"),
    ]
    assert [event.data.value for event in events] == [pytest.approx(1.2345), 1.0, pytest.approx(1.24), pytest.approx(1.0)]
    assert [event.time - NOON for event in events] == [timedelta(minutes=minute) for minute in (0, 1, 5, 5)]
    assert all(event.recordedtime == event.time for event in events)
    assert len({event.id for event in events}) == 4


def test_a_table_of_a_logger_is_read_by_its_own_headings(tmp_path: Path) -> None:
    form = """
    time_format = "%d.%m.%Y %H:%M"
    columns = { timestamp = "Zeit", value = "Stand", received = "Eingang" }
    same = { site = "T1", sensor = "T1.level", quantity = "level", unit = "m" }
    """
    [event] = told(recorded(tmp_path, "Zeit,Stand,Eingang,Bemerkung\n01.03.2026 13:00,1.5,01.03.2026 13:02,-\n", form))
    assert (event.data.value, event.time, event.recordedtime) == (1.5, NOON, NOON + timedelta(minutes=2))


def test_a_packed_table_of_the_same_content_is_the_same_recording(tmp_path: Path) -> None:
    recording = recorded(tmp_path, SCADA, FORM)
    plain = told(recording)
    recording.path.unlink()
    (tmp_path / "events.csv.gz").write_bytes(gzip.compress(SCADA.encode()))
    assert told(Recording(tmp_path)) == plain


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("LT-101;2026-03-01 13:10:00;1.234,5;192", "line 8: '1.234,5' is no number with ',' before its decimals"),
        ("LT-101;2026-03-01 13:10:00;;192", "line 8: '' is no number"),
        ("LT-101;2026-03-01 13:10:00;high;0", "line 8: level is a number, not 'high'"),
        ("LT-101;2026-03-29 02:30:00;1;192", "line 8: 2026-03-29T02:30:00 was never shown in Europe/Madrid"),
        ("LT-101;noon;1;192", "line 8: 'noon' is no time as 2026-09-14T02:10:00"),
        ("LT-101;2026-03-01 13:10:00", "line 8: it has 2 columns, its value would be number 3"),
        ("LT-101;2026-03-01 13:10:00;1;5;192", "line 8: it has more columns than the heading, 5: is a ';' in a value?"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ValueError) as wrong:
        told(recorded(tmp_path, SCADA + line + "\n", FORM))
    assert str(wrong.value).startswith(f"{tmp_path / 'events.csv'}, {said}")


@pytest.mark.parametrize(
    ("table", "form", "said"),
    [
        ("tag,time,value\n", "", "no column says timestamp: name it in columns.toml"),
        ("site,timestamp,value\n", "", "no column says sensor, quantity, unit"),
        ("tag,timestamp,value\n", 'columns = { value = "Wert" }', "no column is named 'Wert'"),
        ("tag,timestamp,value\n", 'columns = { wert = "value" }', "columns.wert: there is no such field; there are tag"),
        ("tag,timestamp,value\n", 'decimal = ";"', "decimal: Input should be '.' or ','"),
        ("tag,timestamp,value\n", 'zone = "Madrid"', "zone: no time zone is known by this name"),
        ("tag,timestamp,value\nX,2026-03-01T00:00:00Z,1\n", "", "none of its lines is of a sensor that the city file names"),
    ],
)
def test_a_table_that_cannot_be_read_at_all_is_told_why(tmp_path: Path, table: str, form: str, said: str) -> None:
    with pytest.raises(ValueError) as wrong:
        told(recorded(tmp_path, table, form))
    assert str(wrong.value).startswith(str(tmp_path)) and said in str(wrong.value)


def test_a_table_that_is_not_utf_8_is_told_so(tmp_path: Path) -> None:
    recording = recorded(tmp_path, SCADA, FORM)
    recording.path.write_bytes(SCADA.replace("OTHER", "Tiefe Brücke").encode("latin-1"))
    with pytest.raises(ValueError, match="not written in UTF-8"):
        told(recording)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.what)
def test_after_any_hostile_line_the_lines_behind_it_are_read(body: Body) -> None:
    hostile = body.content.decode("utf-8", "replace")
    good = "T1,T1.level,level,m,2026-03-01T12:00:00Z,1.5"
    lines = ["site,sensor,quantity,unit,timestamp,value", *hostile.splitlines(), *[good] * 3]
    *before, first, second, third = Table(TableForm(), Channels()).rows(line + "\n" for line in lines)
    assert all(isinstance(row, BadRow) for row in before)
    assert all(isinstance(row, Row) for row in (first, second, third))
