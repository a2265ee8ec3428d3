"""A recording under another register: what is missed, new, later, or of another priority."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.alert_recording import record, signal
from talaia.alerts.service import SERVICE

KIND = """
[[kind]]
kind = "waste.pump_failed"
title = {{en = "Pump failed"}}
domain = "waste"
purpose = "p"
cause = "c"
consequence = "c"
response = "r"
time_to_respond_min = 5
consequence_class = "{consequence}"
on_delay_s = {delay}
"""
MATRIX = """
schema = 1
[priority]
minutes = [10]
minor = ["low", "low"]
moderate = ["medium", "low"]
major = ["high", "medium"]
severe = ["critical", "high"]
"""


def register(folder: Path, consequence: str = "moderate", delay: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alarms.toml").write_text(MATRIX + KIND.format(consequence=consequence, delay=delay))
    return folder


def differs(tmp_path: Path, now: dict[str, Any], then: dict[str, Any]) -> tuple[dict[str, Any], str]:
    signals = [
        signal(1, "06:00:00", "began"),
        signal(2, "06:00:20", "ended"),
        signal(3, "06:10:00", "began", condition_id="waste.pump_failed/P2"),
        signal(4, "06:20:00", "ended", condition_id="waste.pump_failed/P2"),
    ]
    recording = record(register(tmp_path / "recording", **now), signals)
    other = register(tmp_path / "other", **then)
    out = tmp_path / "out"
    assert SERVICE.compare(recording, out, None, other / "alarms.toml", lambda _share: None) == 0
    assert (out / "kpis.json").is_file()
    assert (out / "against" / "kpis.json").is_file()
    return json.loads((out / "difference.json").read_text()), (out / "difference.txt").read_text()


def test_a_delay_misses_what_was_short_and_rings_later_for_what_lasts(tmp_path: Path) -> None:
    found, text = differs(tmp_path, {}, {"delay": 60})
    assert [change["condition_id"] for change in found["missed"]] == ["waste.pump_failed/P1"]
    assert [(change["condition_id"], change["later_s"]) for change in found["moved"]] == [("waste.pump_failed/P2", 60.0)]
    assert found["kinds"] == {"waste.pump_failed": {"now": 2, "against": 1, "missed": 1, "new": 0}}
    assert found["positions"]["control"]["announcements"] == {"now": 2, "against": 1}
    assert (found["new"], found["priority"]) == ([], [])
    assert "Missed: announced as it is, not against: 1\n  2026-03-02 06:00:00  waste.pump_failed/P1" in text
    assert "waste.pump_failed/P2, +60 s" in text


def test_without_the_delay_what_was_short_is_new_and_the_picture_shows_both(tmp_path: Path) -> None:
    found, _ = differs(tmp_path, {"delay": 60}, {"consequence": "severe"})
    assert [change["condition_id"] for change in found["new"]] == ["waste.pump_failed/P1"]
    assert [(change["priority"], change["other_priority"]) for change in found["priority"]] == [("medium", "critical")]
    picture = (tmp_path / "out" / "difference.svg").read_text()
    assert "<svg" in picture
    differs(tmp_path, {"delay": 60}, {"consequence": "severe"})
    assert (tmp_path / "out" / "difference.svg").read_text() == picture


def test_the_same_register_makes_no_difference(tmp_path: Path) -> None:
    found, _ = differs(tmp_path, {}, {})
    assert [found[name] for name in ("missed", "new", "moved", "priority")] == [[], [], [], []]


def test_what_is_no_register_is_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("")
    with pytest.raises(ValueError, match=r"give alarms\.toml, or the folder that holds it"):
        SERVICE.compare(tmp_path, tmp_path / "out", None, tmp_path / "rules.toml", lambda _share: None)
