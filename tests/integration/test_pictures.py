"""Pictures of a backtest, for a person to judge: a chosen event, and how the forecasts did."""

import gzip
import re
import shutil
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from support.house import ROOT
from talaia.waste.__main__ import main
from talaia.waste.backtest.night import drawn_path, moment, read_night
from talaia.waste.service import SERVICE

STORM = ROOT / "infra" / "cities" / "demo" / "storm"
TAKEN = re.compile(r'"ts": "([^"]*)"')


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a day and the storm at its end: a forecast needs 25 hours to learn."""
    recording, folder = tmp_path_factory.mktemp("recording"), tmp_path_factory.mktemp("results")
    with gzip.open(STORM / "events.ndjson.gz", "rt") as file:
        lines = [line for line in file if "2000-01-10T00" <= TAKEN.findall(line)[0] < "2000-01-11T06"]
    (recording / "events.ndjson").write_text("".join(lines))
    shutil.copy(STORM / "waste.toml", recording)
    SERVICE.backtest(recording, folder, None, lambda _: None)
    return folder


def called(monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", ["talaia-waste", *map(str, words)])
    main()


def words_of(picture: Path) -> str:
    return " ".join(re.findall(r"<!-- (.*?) -->", picture.read_text()))


def test_a_chosen_event_shows_rain_level_forecast_crest_and_what_was_raised(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "night.svg"
    called(monkeypatch, "night", results, "T1", "2000-01-11T04:00", picture)
    said = words_of(picture)
    for word in ("T1 at 04:00", "rain, mm", "level", "forecast", "crest", "warning or overflow", "11 January 2000, UTC"):
        assert word in said, word


def test_a_drawn_path_starts_at_the_last_good_level_that_was_known_then(results: Path) -> None:
    night = read_night(results, "T1", moment("2000-01-11T04:00"))
    assert night.forecast is not None
    start, *path = drawn_path(night.forecast, night.levels)
    assert start.low_m == start.level_m == start.high_m
    assert [point.level_m for point in path] == [point.level_m for point in night.forecast.path]
    good = [each for each in night.levels if each.data.flag == 1 and each.recordedtime <= night.forecast.issued_at]
    assert (start.time, start.level_m) == max((each.time, each.data.value) for each in good)
    assert path[0].time - start.time <= timedelta(minutes=10)


def test_the_scoreboard_is_told_by_site_and_rule_and_drawn(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "scores.svg"
    called(monkeypatch, "scoreboard", results, "--site", "T1", "--plot", picture)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["site", "rule", "hits", "misses", "false", "recall", "FAR", "CSI", "median", "lead"]
    assert all(len(line) <= 100 for line in lines)
    assert {line.split()[0] for line in lines[1:-2]} == {"T1", "all"}
    assert any(line.split()[:3] == ["T1", "warning", "1"] for line in lines)
    said = words_of(picture)
    for word in ("What became of forecasts", "false alarm", "Reliability of probabilities"):
        assert word in said, word


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("night", "{results}", "T99", "2000-01-11T14:00", "x.svg"), "no level of T99 from 2000-01-11 11:00"),
        (("night", "{results}", "T1", "tomorrow", "x.svg"), "'tomorrow' is no time: write it as"),
        (("night", "{empty}", "T1", "2000-01-11T14:00", "x.svg"), "no backtest: it has no waste.readings.v1.ndjson"),
        (("scoreboard", "{empty}"), "no backtest: it has no"),
        (("scoreboard", "{results}", "--site", "T99"), "has no forecast of T99: it has those of "),
        (("scoreboard",), "usage: python -m talaia.waste worker|api|"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_sentence(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        called(monkeypatch, *(word.format(results=results, empty=tmp_path) for word in words))
    assert says in str(ended.value)
    assert "\n" not in str(ended.value)
