"""A backtest of alarms: a recording in, what would have been published and what each input came to out."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from support.alert_recording import act, record, signal
from talaia.alerts.service import SERVICE
from talaia.contracts.alerts import Acted, PolicyConfigured, Signalled

SILENT_END = {"signal_id": "end", "state": "alive", "source": "clock", "release": "1", "open": []}


def run(recording: Path, out: Path) -> list[dict[str, Any]]:
    SERVICE.backtest(recording, out, None, lambda _share: None)
    return read(out / "states.ndjson")


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_at_one_instant_signals_come_before_acts(tmp_path: Path) -> None:
    known = run(record(tmp_path / "r", [signal(1, "06:00:00", "began")]), tmp_path / "o")[0]["alarm_id"]
    acts = [act(1, "06:00:00", alarms=[known])]
    lines = run(record(tmp_path / "r", [signal(1, "06:00:00", "began")], acts), tmp_path / "o")
    assert [(line["cause_type"], line["shown"]) for line in lines] == [("signal", "UNACKNOWLEDGED"), ("act", "ACKNOWLEDGED")]


def test_files_are_merged_by_recorded_time_each_in_its_own_order(tmp_path: Path) -> None:
    signals = [signal(1, "06:10:00", "began"), signal(2, "06:09:00", "began", condition_id="waste.pump_failed/P2")]
    lines = run(record(tmp_path / "r", signals, [act(1, "06:09:30")]), tmp_path / "o")
    assert [line["cause_id"] for line in lines] == ["a1", "s1", "s2"]
    assert lines[-1]["at"] == "2026-03-02T06:10:00Z"


def test_the_journal_is_a_chain(tmp_path: Path) -> None:
    signals = [signal(1, "06:00:00", "began"), signal(2, "06:01:00", "ended")]
    run(record(tmp_path / "r", signals), tmp_path / "o")
    previous = "0" * 64
    lines = (tmp_path / "o" / "journal.ndjson").read_bytes().splitlines()
    for line in lines:
        assert json.loads(line)["previous"] == previous
        previous = hashlib.sha256(line).hexdigest()
    assert [json.loads(line)["region"] for line in lines] == ["condition", "acknowledgement", "annunciation", "condition"]


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    recording = record(tmp_path / "r", [signal(1, "06:00:00", "began"), signal(2, "06:05:00", "changed")])
    for out in ("one", "two"):
        run(recording, tmp_path / out)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_folder_of_recordings_is_run_each_from_nothing(tmp_path: Path) -> None:
    for name in ("first", "second"):
        record(tmp_path / "all" / name, [signal(1, "06:00:00", "began")])
    shares: list[float] = []
    SERVICE.backtest(tmp_path / "all", tmp_path / "out", None, shares.append)
    assert [line["version"] for name in ("first", "second") for line in read(tmp_path / "out" / name / "states.ndjson")] == [1, 1]
    assert shares[-1] == 1.0


def test_areas_do_not_know_of_each_other_and_their_lines_are_in_order_of_time(tmp_path: Path) -> None:
    signals = [
        signal(1, "06:00:00", "began", expires_at="2026-03-02T06:05:00Z"),
        signal(2, "06:01:00", "began") | {"area": "hills"},
        signal(3, "06:30:00", "ended"),
    ]
    lines = run(record(tmp_path / "r", signals), tmp_path / "o")
    assert [line["cause_id"] for line in lines] == ["s1", "s2", "expired", "s3"]
    assert len({line["alarm_id"] for line in lines}) == 2


def test_a_line_that_breaks_its_schema_is_rejected_and_the_others_go_on(tmp_path: Path) -> None:
    signals = [signal(1, "06:00:00", "exploded"), signal(2, "06:01:00", "began")]
    lines = run(record(tmp_path / "r", signals, [act(1, "06:02:00", verb="sing")]), tmp_path / "o")
    assert [line["cause_id"] for line in lines] == ["s2"]
    assert [line["reason"] for line in read(tmp_path / "o" / "alerts.signals.v1.rejected.ndjson")] == ["schema"]
    assert [line["reason"] for line in read(tmp_path / "o" / "alerts.acts.v1.rejected.ndjson")] == ["schema"]


@pytest.mark.parametrize("text", ["{", "[]", '{"area": "x"}', '{"area": "x", "recordedtime": "soon"}'])
def test_a_line_without_a_place_stops_the_backtest_with_file_and_line(tmp_path: Path, text: str) -> None:
    recording = record(tmp_path / "r", [signal(1, "06:00:00", "began")])
    with (recording / "signals.ndjson").open("a") as file:
        file.write("\n" + text + "\n")
    with pytest.raises(ValueError, match=r"signals\.ndjson, line 3"):
        run(recording, tmp_path / "o")


def test_a_folder_without_signals_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"signals\.ndjson"):
        run(tmp_path, tmp_path / "o")
    with pytest.raises(ValueError, match="a recording of alarms has one"):
        list(SERVICE.recording(tmp_path))


def test_a_recording_is_replayed_as_events_its_register_first(tmp_path: Path) -> None:
    recording = record(tmp_path / "r", [signal(1, "06:00:00", "began")], [act(1, "06:01:00")])
    rows = "".join(f'{name} = ["low", "low"]\n' for name in ("minor", "moderate", "major", "severe"))
    (recording / "alarms.toml").write_text(f"[priority]\nminutes = [3]\n{rows}")
    messages = list(SERVICE.recording(recording))
    assert [type(message.event) for message in messages] == [PolicyConfigured, Signalled, Acted]
    assert {message.key for message in messages} == {"harbour"}


def test_a_recording_that_breaks_its_schema_is_not_replayed(tmp_path: Path) -> None:
    recording = record(tmp_path / "r", [signal(1, "06:00:00", "exploded")])
    with pytest.raises(ValueError, match="a line recorded at 2026-03-02T06:00:00"):
        list(SERVICE.recording(recording))
