"""A storm that is told late, twice and in another order: what may hang on that, and what must not."""

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.harsh_storm import BEGIN, END, NIGHT, Line, in_order, in_time, recorded, storm
from talaia.waste.service import SERVICE

pytestmark = pytest.mark.timeout(1_800)
OF_FORECASTS = {"overflow", "overflow_watch"}
SETTLED = "2000-01-12T00:30"
"""Until then nothing hangs on which reading is the last."""
SEED = 7


@pytest.fixture(
    scope="module", params=[(BEGIN, 4), pytest.param(("2000-01-01", 8), marks=pytest.mark.slow)], ids=["a day", "all of it"]
)
def told(request: pytest.FixtureRequest) -> tuple[list[Line], int]:
    """The recording, and how often it is cut."""
    begin, cuts = request.param
    return storm(begin, END), cuts


@pytest.fixture(scope="module")
def whole(told: tuple[list[Line], int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return results_of(told[0], tmp_path_factory.mktemp("whole"))


def results_of(lines: Iterable[Line], folder: Path) -> Path:
    """The results of a backtest."""
    SERVICE.backtest(recorded(lines, folder / "recording"), folder, None, lambda _: None)
    return folder


def lines_of(results: Path, name: str) -> list[Any]:
    return [json.loads(line) for line in (results / f"{name}.ndjson").read_text().splitlines()]


def forecast_of(results: Path) -> tuple[list[Any], list[Any]]:
    """What was forecast, and the alarms that followed."""
    alarms = [line for line in lines_of(results, "alerts") if line["kind"] in OF_FORECASTS]
    return [line for line in lines_of(results, "forecasts") if line["issued_at"] < SETTLED], alarms


def spilt(results: Path) -> list[tuple[Any, ...]]:
    """The record of spills as it stands."""
    last = {line["spill_id"]: line for line in lines_of(results, "spills")}
    facts = ("site", "start", "end", "volume_m3", "dry_weather", "provisional")
    return sorted(tuple(line[fact] for fact in facts) for line in last.values() if not line["withdrawn"])


def said_before(results: Path, moment: str) -> dict[str, list[Any]]:
    """Every outcome until a moment, by topic. Another recording is another source, and ids follow from it."""
    return {
        topic.name: [
            {name: value for name, value in event.items() if name not in {"id", "source"}}
            for event in lines_of(results, topic.name)
            if event["recordedtime"] < moment
        ]
        for topic in SERVICE.processor().outputs
    }


def test_every_family_of_rules_speaks(whole: Path) -> None:
    kinds = {each["data"]["kind"] for each in lines_of(whole, "alerts.signals.v1") if "kind" in each["data"]}
    assert kinds >= {f"waste.{kind}" for kind in ("overflow_watch", "overflow_expected", "overflow_started", "pump_failed")}
    assert all(said_before(whole, END).values())
    assert any(line["late"] for line in (each["data"] for each in lines_of(whole, "waste.readings.v1")))


def test_forecasts_and_their_alarms_are_those_of_the_storm_without_its_late_readings(
    told: tuple[list[Line], int], whole: Path, tmp_path: Path
) -> None:
    kept = in_time(told[0])
    assert len(kept) < 0.99 * len(told[0])
    assert forecast_of(results_of(kept, tmp_path)) == forecast_of(whole)


def test_the_record_of_spills_is_that_of_the_storm_told_once_and_in_order(
    told: tuple[list[Line], int], whole: Path, tmp_path: Path
) -> None:
    kept = in_order(told[0])
    assert len(kept) < len(told[0])
    assert spilt(results_of(kept, tmp_path)) == spilt(whole) != []


def test_what_is_said_up_to_a_moment_is_the_same_when_the_storm_ends_there(
    told: tuple[list[Line], int], whole: Path, tmp_path: Path
) -> None:
    lines, cuts = told
    night = next(number for number, line in enumerate(lines) if line["received"] > NIGHT)
    for number in sorted(Random(SEED).sample(range(night, len(lines)), cuts)):
        moment = lines[number - 1]["received"][:19]
        said = said_before(results_of(lines[:number], tmp_path / f"cut {number}"), moment)
        assert said == said_before(whole, moment), f"cut after {number} readings; seed {SEED}"
