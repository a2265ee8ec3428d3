"""The waste service's backtest: the files it writes."""

import csv
import gzip
import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from talaia.waste.service import SERVICE

STORM = Path(__file__).parents[3] / "infra/cities/demo/storm"
LINES = 1_500


def beginning(folder: Path, lines: int = LINES) -> Path:
    """The first lines of the demo's recording, its tanks so low that they overflow."""
    folder.mkdir()
    with gzip.open(STORM / "events.ndjson.gz", "rt") as file:
        (folder / "events.ndjson").write_text("".join(line for line, _ in zip(file, range(lines), strict=False)))
    (folder / "waste.toml").write_text((STORM / "waste.toml").read_text().replace("crest_m = 5.0", "crest_m = 0.5"))
    return folder


def lines_of(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[float]]:
    root = tmp_path_factory.mktemp("backtest")
    shares: list[float] = []
    SERVICE.backtest(beginning(root / "in"), root / "out", None, shares.append)
    return root / "out", shares


def test_it_writes_a_file_a_topic_and_the_files_it_is_scored_by(tested: tuple[Path, list[float]]) -> None:
    assert {path.name for path in tested[0].iterdir()} == {
        "alerts.ndjson",
        "cost.json",
        "forecasts.ndjson",
        "readings.ndjson",
        "spills.ndjson",
        "alerts.signals.v1.ndjson",
        "waste.scores.v1.ndjson",
        "waste.equipment.v1.ndjson",
        "waste.forecasts.v1.ndjson",
        "waste.readings.v1.ndjson",
        "waste.spills.v1.ndjson",
        "waste.measurements.v1.rejected.ndjson",
    }


def test_broken_lines_are_rejected_with_their_numbers_and_change_nothing_else(
    tmp_path: Path, tested: tuple[Path, list[float]]
) -> None:
    events = beginning(tmp_path / "in") / "events.ndjson"
    lines = events.read_text().splitlines(keepends=True)
    events.write_text("".join(["noise\n", *lines[:700], lines[700][:40] + "\n", *lines[700:]]))
    assert SERVICE.backtest(tmp_path / "in", tmp_path / "out", None, lambda _: None) == 2
    rejected = lines_of(tmp_path / "out" / "waste.measurements.v1.rejected.ndjson")
    assert [(line["file"], line["line"], line["reason"]) for line in rejected] == [
        ("events.ndjson", 1, "unreadable"),
        ("events.ndjson", 702, "unreadable"),
    ]
    for name in ("alerts", "forecasts", "readings", "spills"):
        assert (tmp_path / "out" / f"{name}.ndjson").read_bytes() == (tested[0] / f"{name}.ndjson").read_bytes()


def test_it_says_what_it_cost(tested: tuple[Path, list[float]]) -> None:
    cost = json.loads((tested[0] / "cost.json").read_text())
    assert cost["events"] == LINES
    assert cost["site_steps"] > len(lines_of(tested[0] / "forecasts.ndjson"))
    assert 0 < cost["step_s"] < cost["wall_s"]


def test_its_progress_rises_to_the_whole(tested: tuple[Path, list[float]]) -> None:
    shares = tested[1]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_readings_carry_the_recordings_own_ids(tested: tuple[Path, list[float]]) -> None:
    readings = lines_of(tested[0] / "readings.ndjson")
    assert {reading["id"] for reading in readings} <= set(range(LINES))
    assert readings[0].keys() == {"id", "flag", "test", "issued_at"}
    assert {reading["flag"] for reading in readings} >= {1, 2, 3}


def test_forecasts_are_in_order_and_one_for_each_tank_and_slot(tested: tuple[Path, list[float]]) -> None:
    forecasts = lines_of(tested[0] / "forecasts.ndjson")
    assert forecasts[0].keys() == {"site", "issued_at", "minutes_to_overflow", "interval", "probability"}
    said = [(each["issued_at"], each["site"]) for each in forecasts]
    assert len(said) == len(set(said))
    assert [at for at, _ in said] == sorted(at for at, _ in said)


def test_spills_are_as_their_topic_says_them(tested: tuple[Path, list[float]]) -> None:
    lines = lines_of(tested[0] / "spills.ndjson")
    said = [each["data"] for each in lines_of(tested[0] / "waste.spills.v1.ndjson") if "spill_id" in each["data"]]
    assert [(line["spill_id"], line["end"]) for line in lines] == [(each["spill_id"], each["end"]) for each in said]
    assert all(line["start"] < line["issued_at"] for line in lines)
    assert {line["volume_method"] for line in lines} == {"not known"}


def test_an_alert_is_one_spell_of_warning_and_overflow(tested: tuple[Path, list[float]]) -> None:
    alerts = lines_of(tested[0] / "alerts.ndjson")
    signals = [each for each in lines_of(tested[0] / "alerts.signals.v1.ndjson") if each["type"].endswith("signalled.v1")]
    assert alerts
    for site, kind in {(each["site"], each["kind"]) for each in alerts}:
        spells = [each for each in alerts if (each["site"], each["kind"]) == (site, kind)]
        moments = {each["recordedtime"] for each in signals if each["data"]["location"]["site"] == site}
        assert {each["raised"] for each in spells} <= moments
        assert {each["cleared"] for each in spells} - {None} <= moments
        for before, after in pairwise(spells):
            assert datetime.fromisoformat(before["cleared"]) <= datetime.fromisoformat(after["raised"])
    assert any(each["data"]["state"] == "realised" for each in signals)


def test_with_a_citys_folder_its_configuration_counts(tmp_path: Path) -> None:
    SERVICE.backtest(beginning(tmp_path / "in", 700), tmp_path / "out", STORM.parent, lambda _: None)
    alerts = lines_of(tmp_path / "out" / "alerts.ndjson")
    assert not [each for each in alerts if each["site"].startswith("T")]


def test_what_is_said_up_to_a_moment_is_the_same_when_the_recording_ends_there(
    tested: tuple[Path, list[float]], tmp_path: Path
) -> None:
    SERVICE.backtest(beginning(tmp_path / "in", 700), tmp_path / "out", None, lambda _: None)
    for name in ("forecasts.ndjson", "readings.ndjson"):
        cut, whole = ((folder / name).read_text() for folder in (tmp_path / "out", tested[0]))
        assert cut
        assert whole.startswith(cut)


@pytest.mark.slow
def test_in_the_storm_night_of_the_demo_every_tank_that_overflows_was_warned_of_and_no_other(tmp_path: Path) -> None:
    SERVICE.backtest(STORM, tmp_path, None, lambda _: None)
    night = "2000-01-11"
    with (STORM / "truth.csv").open() as file:
        overflows = {row["site"]: row["start"] for row in csv.DictReader(file) if row["start"].startswith(night)}
    alerts = [each for each in lines_of(tmp_path / "alerts.ndjson") if each["kind"] == "overflow"]
    raised = {each["site"]: each["raised"] for each in alerts if each["raised"].startswith(night)}
    tanks = {site for site in overflows if site.startswith("T")}
    assert {site for site in raised if site.startswith("T")} == tanks == {"T1", "T5", "T6"}
    for site in tanks:
        lead = datetime.fromisoformat(overflows[site]) - datetime.fromisoformat(raised[site])
        assert lead >= timedelta(minutes=5)
