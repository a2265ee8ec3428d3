"""The register `alarms.toml`: what is wrong is said with file, line, field and cure; priority follows from the matrix."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from support.house import ROOT
from talaia.alerts.ingest.check import summary
from talaia.alerts.ingest.register import read_register, recorded_register
from talaia.alerts.model.inputs import Policy
from talaia.alerts.model.kind import priority_of
from talaia.alerts.service import SERVICE
from talaia.alerts.worker import translate
from talaia.contracts.alerts import PolicyConfigured
from talaia.contracts.register import PriorityMatrix
from talaia.contracts.vocabulary import Priority
from talaia.stream.processor import Rejected

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
MATRIX = """schema = 1
[priority]
minutes = [3, 10]
minor = ["low", "low", "low"]
moderate = ["medium", "low", "low"]
major = ["high", "medium", "medium"]
severe = ["critical", "high", "high"]
"""
KIND = """[[kind]]
kind = "waste.pump_failed"
title = { en = "Pump failed", ca = "Bomba avariada" }
domain = "waste"
purpose = "Send the crew in time"
cause = "Power or wear"
consequence = "The sump fills"
response = "Start the other pump"
time_to_respond_min = 10
consequence_class = "major"
count = { n = 2, within_s = 60 }
"""


POWER = KIND.replace("waste.pump_failed", "waste.power_failed")
CIRCLE = (
    MATRIX
    + KIND
    + POWER
    + """[[mask]]
cause = "waste.pump_failed"
hides = ["waste.power_failed"]
scope = "same_site"
[[mask]]
cause = "waste.power_failed"
hides = ["*"]
scope = "same_area"
"""
)


def read(folder: Path, text: str) -> None:
    (folder / "alarms.toml").write_text(text)
    read_register(folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("schema = ", "alarms.toml: not TOML"),
        (MATRIX + KIND.replace('"major"', '"awful"'), "alarms.toml, line 17: kind[0].consequence_class: Input should be 'minor'"),
        (MATRIX.replace('["low", "low", "low"]', '["low"]') + KIND, "line 4: priority.minor: has 1 priorities: give 3"),
        (MATRIX.replace("[3, 10]", "[10, 3]") + KIND, "line 3: priority.minutes: bounds must rise"),
        (MATRIX + KIND.replace('response = "Start the other pump"\n', ""), "line 8: kind[0].response: Field required"),
        (MATRIX + KIND.replace('"Power or wear"', '""'), "line 13: kind[0].cause: String should have at least 1 character"),
        (
            'zone = "Mars/Olympus"\n' + MATRIX,
            "alarms.toml, line 1: zone: there is no time zone Mars/Olympus: name one of IANA's, as",
        ),
        ('zone = "../../etc/passwd"\n' + MATRIX, "alarms.toml, line 1: zone: there is no time zone ../../etc/passwd: name one"),
        ("zone = 1\n" + MATRIX, "alarms.toml, line 1: zone: Input should be a valid string"),
        (MATRIX + KIND + KIND, "line 20: kind[1].kind: waste.pump_failed is entered twice: keep one entry"),
        (MATRIX + KIND + "latchng = true\n", "line 19: kind[0].latchng: there is no such field"),
        (MATRIX + KIND + "shelve_max_h = 500\n", "kind[0].shelve_max_h: Input should be less than or equal to 72"),
        (
            MATRIX + KIND + '[[mask]]\ncause = "waste.powr"\nhides = ["*"]\nscope = "same_site"\n',
            "line 19: mask[0]: no kind waste.powr: enter it, or correct the name",
        ),
        (CIRCLE, "mask[1]: waste.power_failed comes to hide itself: leave out a kind, or exempt one of them from masks"),
    ],
)
def test_a_mistake_is_told_with_file_line_field_and_cure(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"alarms\.toml") as why:
        read(tmp_path, text)
    assert told in str(why.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"alarms\.toml") as why:
        read(tmp_path, MATRIX + '[[kind]]\nkind = "a"\n')
    assert len(str(why.value).splitlines()) == 8


def test_a_kind_that_masks_cannot_hide_closes_no_circle(tmp_path: Path) -> None:
    read(tmp_path, CIRCLE.replace(POWER, POWER + "exempt_from_masks = true\n"))


def test_what_held_when_something_was_recorded_is_played_wise_or_not(tmp_path: Path) -> None:
    (tmp_path / "alarms.toml").write_text(CIRCLE)
    assert len(recorded_register(tmp_path).mask) == 2


def test_what_is_checked_is_counted_beside_the_marks_for_its_priorities(tmp_path: Path) -> None:
    (tmp_path / "alarms.toml").write_text(MATRIX + KIND + POWER.replace("= 10", "= 1"))
    assert summary(tmp_path) == (
        "2 kinds, 0 masks, 0 places: all right\n50% high (mark 5%), 50% medium (mark 15%), 0% low (mark 80%)"
    )


def test_a_folder_without_a_register_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no such file: a city's alarms are rationalised in"):
        read_register(tmp_path)


def test_a_time_to_respond_on_a_bound_belongs_to_the_longer_side() -> None:
    row = [Priority.CRITICAL, Priority.HIGH, Priority.LOW]
    assert [priority_of([3, 10], row, minutes) for minutes in (2.9, 3, 10)] == row


def test_a_city_becomes_the_register_of_its_area_with_a_hash_of_its_content(tmp_path: Path) -> None:
    folder = tmp_path / "harbour"
    folder.mkdir()
    (folder / "alarms.toml").write_text(MATRIX + KIND)
    (message,) = SERVICE.configure(folder, "engineer-1", NOW)
    (later,) = SERVICE.configure(folder, "engineer-2", NOW.replace(hour=7))
    assert isinstance(message.event, PolicyConfigured)
    assert isinstance(later.event, PolicyConfigured)
    assert (message.key, message.event.data.decided_by) == ("harbour", "engineer-1")
    assert message.event.data.hash == later.event.data.hash
    assert (message.event.data.kinds[0].count_n, message.event.data.kinds[0].count_within_s) == (2, 60.0)


def test_the_zone_travels_with_the_register_and_is_part_of_its_hash(tmp_path: Path) -> None:
    registers = []
    for zone in ("", 'zone = "UTC"\n', 'zone = "Europe/Madrid"\n'):
        (tmp_path / "alarms.toml").write_text(zone + MATRIX + KIND)
        (message,) = SERVICE.configure(tmp_path, "engineer-1", NOW)
        assert isinstance(message.event, PolicyConfigured)
        registers.append(message.event.data)
    assert [register.zone for register in registers] == ["UTC", "UTC", "Europe/Madrid"]
    assert registers[0].hash == registers[1].hash != registers[2].hash


def test_a_register_of_before_there_was_a_zone_is_followed_and_means_utc(tmp_path: Path) -> None:
    (tmp_path / "alarms.toml").write_text('area = "harbour"\nzone = "Europe/Madrid"\n' + MATRIX + KIND)
    (message,) = SERVICE.configure(tmp_path, "engineer-1", NOW)
    said = msgspec.to_builtins(message.event)
    del said["data"]["zone"]
    event = msgspec.json.decode(msgspec.json.encode(said), type=PolicyConfigured)
    assert event.data.zone == "UTC"
    assert isinstance(translate.told("harbour", event), Policy)


def test_the_demo_city_is_rationalised_in_three_languages() -> None:
    register = read_register(ROOT / "infra" / "cities" / "demo")
    kinds = {entry.kind for entry in register.kind}
    assert {"waste.overflow_expected", "waste.overflow_started", "alerts.source_silent"} <= kinds
    assert all(entry.title.keys() >= {"en", "ca", "es"} for entry in register.kind)


@pytest.mark.parametrize("spoil", ["class", "row", "area"])
def test_a_register_on_the_bus_that_cannot_be_followed_is_rejected(tmp_path: Path, spoil: str) -> None:
    (tmp_path / "alarms.toml").write_text('area = "harbour"\n' + MATRIX + KIND)
    (message,) = SERVICE.configure(tmp_path, "engineer-1", NOW)
    event = message.event
    assert isinstance(event, PolicyConfigured)
    matrix = event.data.priority
    classes = {"class": {}, "row": matrix.classes | {"major": [Priority.LOW]}, "area": matrix.classes}[spoil]
    spoilt = msgspec.structs.replace(event.data, priority=PriorityMatrix(minutes=matrix.minutes, classes=classes))
    with pytest.raises(Rejected):
        translate.told("elsewhere" if spoil == "area" else "harbour", msgspec.structs.replace(event, data=spoilt))
