"""A reader who has the evidence of a signal and nothing else decides the same, whatever kind of condition it tells of."""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from support.every_condition import SCENES
from support.waste_api import messages, waste_api
from support.web import client
from talaia.waste.model import conditions as kinds
from talaia.waste.model.outcomes import Signal

Stands = bool


class Why:
    """Evidence as the API gives it. was: whether the condition stood before."""

    def __init__(self, told: Mapping[str, Any], was: bool) -> None:
        self.was, self.facts, self.forecast = was, told["facts"], told["forecast"]
        self.limits = {each["name"]: each["value"] for each in told["thresholds"]}
        self.readings = told["readings"]
        self.at = datetime.fromisoformat(told["signal"]["at"])

    def limit(self, begins: str, ends: str) -> float:
        """The limit that counts now."""
        return float(self.limits[ends if self.was else begins])

    def levels(self) -> list[float]:
        """The levels that can be used."""
        return [each["value"] for each in self.readings if each["unit"] == "m" and not each["sensor"] and each["flag"] <= 2]

    def of(self, sensor: str) -> list[dict[str, Any]]:
        """The samples of one sensor."""
        return [each for each in self.readings if each["sensor"] == sensor]

    def time(self, fact: str) -> datetime:
        return datetime.fromisoformat(self.facts[fact])

    def minutes(self, start: str, end: str) -> float:
        """Between two facts."""
        return (self.time(end) - self.time(start)).total_seconds() / 60


def _path(steps: int) -> Callable[[Why], Stands]:
    def stands(why: Why) -> Stands:
        path = [point["value"] for point in why.forecast[:steps]]
        return bool(path) and max(*path, why.levels()[-1]) >= why.limit("warned_from", "held_from")

    return stands


def _last_two(begins: str, ends: str) -> Callable[[Why], Stands]:
    def stands(why: Why) -> Stands:
        two = why.levels()[-2:]
        return bool(max(two) >= why.limits[ends] if why.was else min(two) >= why.limits[begins])

    return stands


def _advisory(why: Why) -> Stands:
    facts, limits = why.facts, why.limits
    if facts["of_the_last"] < limits["least_judged"]:
        return why.was
    return bool(facts["false_alarms"] / facts["of_the_last"] > limits["false_alarms_share_over"])


def _dry_spill(why: Why) -> Stands:
    dry = max(why.facts["rain_mm_day"], why.facts["rain_mm_24h_before"]) <= why.limits["dry_up_to"]
    return dry and _last_two("starts_from", "over_under")(why)


def _blockage(why: Why) -> Stands:
    most, less = why.limits["excess_of_a_half_hour_most"], why.limits["excess_of_a_half_hour_less"]
    usual, spread, sums = ([each["value"] for each in why.of(name)] for name in ("usual level", "usual spread", "excess sum"))
    levels = why.levels()
    for n in range(1, len(sums)):
        excess = min((levels[n] - usual[n]) / spread[n], most) - less
        assert sums[n] == pytest.approx(min(max(sums[n - 1] + excess, 0.0), why.limits["suspected_from"]), abs=1e-6)
    return bool(sums[-1] > why.limits["over_at"] if why.was else sums[-1] >= why.limits["suspected_from"])


def _infiltration(why: Why) -> Stands:
    before = int(why.facts["weeks_before"])
    if before < why.limits["least_weeks_before"]:
        return False
    newest, *season = (why.facts[f"lowest_m_{ago}_weeks_ago"] for ago in range(1, before + 2))
    return bool(newest - median(season) >= why.limit("suspected_from", "over_under"))


def _drifts(why: Why) -> Stands:
    """Both moves of the second lowest nights go one way, by more than the neighbours' and not mostly with them."""
    count, depth_m, shared = round(why.facts["nights_of_a_part"]), why.limits["depth"], why.limits["shared_most"]
    levels = why.levels()
    first, second, third = (sorted(levels[n : n + count])[1] for n in range(0, 3 * count, count))
    moves_m = second - first, third - second
    way = 1 if moves_m[0] > 0 else -1
    least_m = why.limit("told_from", "over_under")
    for n, move_m in enumerate(moves_m, 1):
        others_m = depth_m * why.facts[f"neighbours_move_{n}_share"]
        if way * (move_m - others_m) < least_m or way * (shared * move_m - others_m) < 0:
            return False
    return True


def _under_reads(why: Why) -> Stands:
    own, neighbours = why.of("RG1 day"), why.of("neighbours day")
    assert all(each["value"] >= why.limits["wet_from"] for each in neighbours)
    days = [(one["value"], other["value"]) for one, other in zip(own, neighbours, strict=True)]
    under = sum(one < why.limits["under_share"] * other for one, other in days)
    return under >= why.limit("told_from_days", "over_under_days")


def _gas(why: Why) -> Stands:
    danger = why.readings[-1]["value"] >= why.limits["limit"]
    return bool(
        danger or (why.facts["confirmed"] == "yes" and why.facts["samples_within"] < why.limits["over_after_samples_within"])
    )


def _silent(why: Why) -> Stands:
    return bool((why.at - why.time("heard_at")).total_seconds() / 60 > why.limits["silent_after"])


def _flat(why: Why) -> Stands:
    return bool(why.minutes("still_since", "last_sample_at") >= why.limits["told_after"])


def _beyond(why: Why) -> Stands:
    beyond = why.facts["out_of_range_in_a_row"]
    newest = [each["value"] for each in why.readings[-int(beyond) :]] if beyond else []
    assert all(not why.limits["least"] <= value <= why.limits["most"] for value in newest)
    return bool(beyond >= (1 if why.was else why.limits["told_from_in_a_row"]))


def _pump_failed(why: Why) -> Stands:
    since, asked, ran = why.time("since"), why.of("PS1.P1.cmd"), why.of("PS1.P1.run")
    ran_since = any(each["value"] and datetime.fromisoformat(each["time"]) >= since for each in ran)
    if why.was or ran_since:
        return not ran_since
    assert asked[-1]["value"]
    bend = why.facts["slope_before_m_per_min"] - why.facts["slope_after_m_per_min"]
    assert bend < why.facts["least_bend_m_per_min"] == why.limits["least_share_of_flow"] * why.facts["usual_flow_m_per_min"]
    return bool(60 * why.minutes("since", "seen_until") >= why.limits["answers_within"])


def _power_failed(why: Why) -> Stands:
    since, ran = why.time("since"), [*why.of("PS1.P1.run"), *why.of("PS1.P2.run")]
    runs = any(each["value"] and datetime.fromisoformat(each["time"]) >= since for each in ran)
    return not runs and 60 * why.minutes("since", "seen_until") >= why.limits["answers_within"]


def _runs_long(why: Why) -> Stands:
    for name in ("PS1.P1.run", "PS1.P2.run"):
        if (ran := why.of(name)) and ran[-1]["value"]:
            turns = [after["time"] for before, after in pairwise(ran) if after["value"] and not before["value"]]
            start = datetime.fromisoformat(turns[-1] if turns else ran[0]["time"])
            if (why.time("seen_until") - start).total_seconds() / 60 >= why.limits["told_after"]:
                return True
    return False


DECIDED: Mapping[str, Callable[[Why], Stands]] = {
    kinds.OVERFLOW_WATCH: _path(12),
    kinds.OVERFLOW_EXPECTED: _path(6),
    kinds.OVERFLOW_STARTED: _last_two("starts_from", "over_under"),
    kinds.FORECAST_ADVISORY: _advisory,
    kinds.RAIN_FEED_LOST: lambda why: why.facts["silent_min"] > why.limits["lost_after"],
    kinds.GAUGE_UNDER_READING: _under_reads,
    kinds.DRY_WEATHER_SPILL: _dry_spill,
    kinds.BLOCKAGE_SUSPECTED: _blockage,
    kinds.INFILTRATION_HIGH: _infiltration,
    kinds.GAS_HIGH: _gas,
    kinds.BATTERY_LOW: lambda why: why.readings[0]["value"] < why.limit("low_under", "over_from"),
    kinds.LEVEL_HIGH: _last_two("limit", "over_under"),
    kinds.SENSOR_SILENT: _silent,
    kinds.SENSOR_FLAT: _flat,
    kinds.SENSOR_SPIKING: lambda why: why.facts["bad_share"] >= why.limit("told_from_share", "over_under_share"),
    kinds.SENSOR_OUT_OF_RANGE: _beyond,
    kinds.SENSOR_DRIFTING: _drifts,
    kinds.PUMP_FAILED: _pump_failed,
    kinds.POWER_FAILED: _power_failed,
    kinds.PUMP_DEGRADED: lambda why: why.facts["shortfall_sd"] >= why.limit("told_from", "over_under"),
    kinds.PUMP_LONG_RUN: _runs_long,
    kinds.PUMP_MANY_STARTS: lambda why: why.facts["starts"] > why.limit("told_over", "over_up_to"),
    kinds.PUMP_NEVER_DUTY: lambda why: why.facts["rests"] == "yes" and why.facts["starts_of_others"] >= why.limits["told_from"],
}
"""How a reader decides, by kind."""


@pytest.mark.parametrize("kind", kinds.KINDS)
async def test_a_reader_decides_the_same_by_the_evidence_alone(tmp_path: Path, kind: str) -> None:
    said = [each for each in SCENES[kind]().of(Signal) if each.kind == kind]
    said = [each for each in said if each.subject.id == said[0].subject.id and not _unknown(each)]
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", messages(said))
    async with client(app) as asking:
        listed = (await asking.get("/v1/signals", params={"limit": 500})).json()["items"]
        states = [each["state"] for each in reversed(listed)]
        assert (states[0], states[-1] in ("ended", "realised")) == ("began", True)
        for each in listed:
            told = (await asking.get(f"/v1/signals/{each['id']}/evidence")).json()
            assert told["thresholds"]
            if each["state"] != "realised":
                stands = DECIDED[kind](Why(told, was=each["state"] != "began"))
                assert stands == (each["state"] != "ended"), told


def _unknown(signal: Signal) -> bool:
    """Said of what nobody can know any more."""
    return signal.evidence is not None and "reason" in dict(signal.evidence.facts)
