"""What the service says of conditions, and why: a reader can work the decision out again from what the API shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from math import cos, exp, log, pi, sin, sqrt
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest
from support.town import Town, configuration
from support.waste_api import messages, waste_api
from support.waste_events import signalled
from support.web import client
from talaia.waste.decide import linear
from talaia.waste.model.outcomes import Forecast, Outcome
from talaia.waste.model.policy import ForecastPolicy, Policy

POLICY = Policy().forecast
CREST_M = 5.0
STORM = [1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.01, 5.0, 5.02, 4.8, 4.2, 3.6, 3.0, 2.4, 1.8, 1.8]


@asynccontextmanager
async def shown(folder: Path, said: list[Outcome]) -> AsyncIterator[tuple[httpx.AsyncClient, list[dict[str, Any]]]]:
    app, _ = waste_api(f"sqlite:///{folder}/view.sqlite", messages(said))
    async with client(app) as asking:
        yield asking, (await asking.get("/v1/signals", params={"limit": 500})).json()["items"]


@pytest.fixture
def storm() -> Town:
    town = Town().configured()
    town.levels(STORM)
    return town


async def test_signals_are_listed_the_newest_first_by_site_and_kind_in_pages(tmp_path: Path, storm: Town) -> None:
    async with shown(tmp_path, storm.said) as (asking, listed):
        assert [each["at"] for each in listed] == sorted((each["at"] for each in listed), reverse=True)
        of_site = {each["kind"] for each in listed if each["kind"] != "waste.rain_feed_lost"}
        assert of_site == {"waste.overflow_watch", "waste.overflow_expected", "waste.overflow_started"}
        started = (await asking.get("/v1/signals", params={"kind": "waste.overflow_started", "site": "T1"})).json()["items"]
        assert [each["state"] for each in started][-1] == "began"
        assert (await asking.get("/v1/signals", params={"site": "T9"})).json()["items"] == []
        first = (await asking.get("/v1/signals", params={"limit": 2})).json()
        rest = (await asking.get("/v1/signals", params={"limit": 500, "cursor": first["next"]})).json()
        assert first["items"] + rest["items"] == listed


async def test_the_evidence_of_every_forecast_lets_a_reader_work_it_out_again(tmp_path: Path, storm: Town) -> None:
    async with shown(tmp_path, storm.said) as (asking, listed):
        forecasts = 0
        for each in listed:
            why = (await asking.get(f"/v1/signals/{each['id']}/evidence")).json()
            assert (why["signal"], why["configuration"]) == (each, "hash 1")
            assert why["rule"] == each["kind"] or each["state"] == "realised"
            if not why["forecast"] or each["kind"] == "waste.overflow_started":
                continue
            forecasts += 1
            limits = {limit["name"]: limit["value"] for limit in why["thresholds"]}
            path = [point["value"] for point in why["forecast"]]
            if each["state"] == "began":
                clearance = limits.get("clearance_a_step", 0.0)
                assert ("clearance_a_step" in limits) is each["kind"].endswith("expected")
                reach = path[:6] if each["kind"].endswith("expected") else path
                assert max(level - step * clearance for step, level in enumerate(reach)) >= limits["warned_from"]
            slots = [median(good[-3:]) for good in _good_until_each(why["readings"])][-4:]
            worked_out = linear.path(slots, CREST_M, POLICY.linear_min_slope, 5, POLICY.cap)
            assert path == pytest.approx(_shown(worked_out, slots[-1], why))
            path = worked_out
            if each["expected_at"] and each["state"] in ("began", "changed"):
                crossing = _crossing(slots[-1], path, limits["reached_from"])
            assert crossing == pytest.approx(why["facts"]["minutes_by_path"])
            assert crossing * why["facts"]["time_ratio_50"] == pytest.approx(_minutes(why))
            odds = why["facts"]["log_odds_at_30_min"] + why["facts"]["log_odds_an_efold_sooner"] * log(30 / max(crossing, 1))
            assert 1 / (1 + exp(-odds)) == pytest.approx(why["facts"]["probability"])
        assert forecasts >= 3


def _good_until_each(readings: list[dict[str, Any]]) -> list[list[float]]:
    good = [each["value"] for each in readings if each["unit"] == "m" and each["flag"] <= 2]
    return [good[: n + 1] for n in range(len(good))]


def _shown(path: list[float], start: float, why: dict[str, Any]) -> list[float]:
    """A path that goes on from the last good level: its first steps that lie behind that are where the level stands."""
    seen = [each["value"] for each in why["readings"] if each["unit"] == "m" and each["flag"] == 1][-1]
    behind = next((n for n, level in enumerate(path) if not min(start, seen) <= level <= max(start, seen)), len(path))
    return [seen] * behind + path[behind:]


def _crossing(level: float, path: list[float], limit: float) -> float:
    for step, (before, after) in enumerate(zip([level, *path], path, strict=False)):
        if after >= limit:
            return 5 * (step + (limit - before) / (after - before))
    raise AssertionError(path)


def _minutes(why: dict[str, Any]) -> float:
    slot_end = datetime.fromisoformat(why["forecast"][0]["time"]).timestamp() - 300
    return (datetime.fromisoformat(why["signal"]["expected_at"]).timestamp() - slot_end) / 60


async def test_the_evidence_of_a_forecast_shows_the_fan_of_the_forecast_that_was_issued_then(tmp_path: Path, storm: Town) -> None:
    issued = {each.said_at: each.path for each in storm.of(Forecast)}
    async with shown(tmp_path, storm.said) as (asking, listed):
        began = [each for each in listed if each["kind"] == "waste.overflow_expected" and each["state"] == "began"]
        for each in began:
            fan = (await asking.get(f"/v1/signals/{each['id']}/evidence")).json()["forecast"]
            told = issued[datetime.fromisoformat(each["at"])]
            assert [(point["low"], point["high"]) for point in fan] == [
                (pytest.approx(low_m, abs=0.001), pytest.approx(high_m, abs=0.001)) for _, _, low_m, high_m in told.points()
            ]
        assert began


async def test_the_evidence_of_an_older_release_has_no_fan(tmp_path: Path) -> None:
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", [signalled(5)])
    async with client(app) as asking:
        [point] = (await asking.get("/v1/signals/signal-5/evidence")).json()["forecast"]
    assert (point["value"], point["low"], point["high"]) == (4.1, None, None)


async def test_an_overflow_that_started_shows_the_two_samples_at_the_crest(tmp_path: Path, storm: Town) -> None:
    async with shown(tmp_path, storm.said) as (asking, listed):
        began = next(each for each in listed if (each["kind"], each["state"]) == ("waste.overflow_started", "began"))
        why = (await asking.get(f"/v1/signals/{began['id']}/evidence")).json()
        limits = {limit["name"]: limit["value"] for limit in why["thresholds"]}
        levels = [each for each in why["readings"] if each["unit"] == "m"]
        assert all(each["value"] >= limits["starts_from"] for each in levels[-2:])
        assert levels[-3]["value"] < limits["starts_from"]
        assert why["facts"]["started_at"] == datetime.fromisoformat(levels[-2]["time"]).isoformat()
        assert why["guidance"] == "Open the gate."


async def test_what_is_not_there_is_not_found_and_says_what(tmp_path: Path) -> None:
    town = Town().configured()
    town.levels(STORM[:11])
    town.configured(configuration(sites=(), version="2"))
    async with shown(tmp_path, town.said) as (asking, listed):
        assert (await asking.get("/v1/signals/none/evidence")).status_code == 404
        assert (listed[0]["kind"], listed[0]["state"]) == ("waste.overflow_started", "ended")
        answer = await asking.get(f"/v1/signals/{listed[0]['id']}/evidence")
        assert answer.status_code == 404
        assert "is configured no more" in answer.json()["detail"]


async def test_the_path_of_a_grey_box_follows_from_its_evidence_by_plain_arithmetic(tmp_path: Path) -> None:
    town = Town(Policy(forecast=ForecastPolicy(trusted_steps=20))).configured()
    minute, level = 5, 0.6
    for n in range(160):
        mm = 3.0 if n % 40 > 30 else 0.0
        level = min(max(level + 0.2 * mm - 0.02 * level, 0.3), 5.0)
        for gauge, share in (("RG1", 1.0), ("RG2", 0.6)):
            town.rain(mm * share, minute, gauge)
        town.level(level + 0.002 * (n % 3), minute)
        minute += 5
    async with shown(tmp_path, town.said) as (asking, listed):
        told = [(await asking.get(f"/v1/signals/{each['id']}/evidence")).json() for each in listed]
    paths = [why for why in told if why["model"].startswith("grey_box")]
    for why in paths:
        path = _shown(_worked_out(why), why["facts"]["slot_level_m"], why)
        assert [point["value"] for point in why["forecast"]] == pytest.approx(path, abs=1e-4)
        assert " coefficients " in why["model"]
    assert any("rain_own_mm_by_slot" in why["facts"] for why in paths)


def _worked_out(why: dict[str, Any]) -> list[float]:
    facts, path = why["facts"], []
    weights = {name: float(value) for name, _, value in (pair.partition("=") for pair in facts["coefficients"].split())}
    rain = {of: [float(mm) for mm in facts.get(f"rain_{of}_mm_by_slot", "").split()] or [0.0] * 35 for of in ("own", "mean")}
    level, change, before = (facts[name] for name in ("slot_level_m", "slot_change_m", "slot_change_before_m"))
    first = datetime.fromisoformat(why["forecast"][0]["time"]).timestamp() / 300 - 1
    for step in range(12):
        angle = 2 * pi * ((first + step) % 288) / 288
        fallen = 0.0
        for of, slots in rain.items():
            for near, far in ((0, 1), (1, 2), (2, 3), (3, 4), (4, 6), (6, 9), (9, 12), (12, 18), (18, 24)):
                fallen += weights[f"{of}_{5 * near}_{5 * far}_min"] * sum(slots[24 + step - far : 24 + step - near])
        by_time = weights["constant"] + weights["sine"] * sin(angle) + weights["cosine"] * cos(angle)
        by_level = weights["root_of_level"] * sqrt(max(level, 0.0))
        by_slope = weights["change"] * change + weights["change_before"] * before
        change, before = facts.get("rain_share", 1.0) * fallen + by_time + by_level + by_slope, change
        level = min(max(level + change, facts["lowest_m"]), facts["highest_m"])
        path.append(level)
    return path
