"""The measure of the alarm core (`tests/alarm_bench`): recordings in, files out, judged by plain Python of another hand."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.house import ROOT
from talaia.alerts.decide import play
from talaia.alerts.model import table as of_rows
from talaia.alerts.model.table import REGIONS, Table, table
from talaia.alerts.service import SERVICE

BENCH = ROOT / "tests" / "alarm_bench"
SCENARIOS = BENCH / "scenarios"
ROWS = Path(of_rows.__file__).parent / "alarm_states.csv"


def measure(script: str, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / script), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def passes(script: str, *words: object) -> None:
    done = measure(script, *words)
    assert done.returncode == 0, done.stdout + done.stderr


def backtest(recording: Path, out: Path) -> Path:
    SERVICE.backtest(recording, out, None, lambda _share: None)
    return out


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    passes("check.py", SCENARIOS, "--export", folder)
    return folder


def play_all(recordings: Path, out: Path) -> Path:
    for recording in sorted(recordings.iterdir()):
        backtest(recording, out / recording.name)
    return out


def test_every_scenario_comes_out_as_its_story_tells_twice_alike_and_its_load_is_counted_right(
    recordings: Path, tmp_path: Path
) -> None:
    one, two = play_all(recordings, tmp_path / "one"), play_all(recordings, tmp_path / "two")
    passes("check.py", SCENARIOS, one, "--again", two)
    passes("kpis.py", *sorted(one.iterdir()))


def test_every_row_of_the_table_has_a_scenario() -> None:
    passes("check.py", SCENARIOS, "--coverage", ROWS)


@pytest.mark.parametrize("region", REGIONS)
def test_an_error_planted_in_a_region_is_found(
    region: str, recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving = next(row for row in table().rows if row.region == region and row.to != row.state)
    wrong = Table(tuple(replace(row, to=row.state) if row is moving else row for row in table().rows))
    monkeypatch.setattr(play, "table", lambda: wrong)
    done = measure("check.py", SCENARIOS, play_all(recordings, tmp_path))
    assert done.returncode == 1
    assert "FAIL" in done.stdout


@pytest.mark.parametrize("storm", ["flood", "loss"])
@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_storm_nobody_is_deafened_and_nothing_is_lost(storm: str, seed: int, tmp_path: Path) -> None:
    passes("storm.py", storm, tmp_path / "recording", "--seed", seed)
    passes("storm.py", "check", storm, tmp_path / "recording", backtest(tmp_path / "recording", tmp_path / "out"))
    passes("kpis.py", tmp_path / "out")
