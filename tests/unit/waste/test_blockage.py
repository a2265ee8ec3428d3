"""A sewer that backs up without rain is told of, whatever came late, and a site with pumps is left to its pumps."""

from datetime import timedelta
from math import pi, sin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.town import MIDNIGHT, MINUTE, PIPE, Town, configuration, measured
from talaia.contracts.vocabulary import Priority, Quantity
from talaia.waste.decide.sewer import profile
from talaia.waste.model.catchment import Pump
from talaia.waste.model.dry import HALF_HOURS, NOTHING, DryPart, ProfilePart, dry_part, profile_part
from talaia.waste.model.events import Measurement
from talaia.waste.model.outcomes import Alive, Signal
from talaia.waste.model.policy import Policy, SignalPolicy

STEP_MIN = 10
DAY_MIN = 24 * 60
HALF_HOUR_MIN = 30
SEWER = configuration(sites=(PIPE,))
QUIET = Policy(signal=SignalPolicy(alive_every=timedelta(hours=12)))


def level_m(minute: int, more_m: float = 0.0) -> float:
    """By day and night."""
    return 0.2 + 0.1 * sin(2 * pi * minute / DAY_MIN) + more_m


def day_of(town: Town, day: int, more_m: float = 0.0, *, dry: bool = True) -> None:
    """A day of levels; dry: and of a gauge that says so."""
    for minute in range(day * DAY_MIN + STEP_MIN, (day + 1) * DAY_MIN + 1, STEP_MIN):
        if dry and minute % HALF_HOUR_MIN == 0:
            town.rain(0.0, minute)
        town.level(level_m(minute, more_m), minute, "CSO1")


def town_that_knows() -> Town:
    """It has seen a month of the sewer."""
    medians_mm = NOTHING
    first = round(MIDNIGHT.timestamp()) // 1_800 - 28 * HALF_HOURS
    for n in range(28 * HALF_HOURS):
        level_mm = round((level_m(n * HALF_HOUR_MIN + 20) - PIPE.crest_m + 60) * 1_000)
        medians_mm = profile.with_day(medians_mm, first + n + 1, level_mm)
    town = Town(QUIET).configured(SEWER)
    town.parts[profile_part("CSO1")] = ProfilePart(medians_mm=medians_mm)
    return town


def test_a_blockage_is_told_of_within_half_a_day_said_again_and_over_half_a_day_after() -> None:
    town = town_that_knows()
    day_of(town, 0)
    assert town.signals("CSO1") == []
    day_of(town, 1, more_m=0.3)
    (began, *again) = town.of(Signal, "CSO1")
    assert (began.kind, began.state.value, began.priority) == ("waste.blockage_suspected", "began", Priority.MEDIUM)
    assert began.said_at <= MIDNIGHT + (DAY_MIN + 12 * 60) * MINUTE
    assert {each.state.value for each in again} == {"changed"}
    assert town.of(Alive)[-1].open == ("waste.blockage_suspected/CSO1",)
    day_of(town, 2)
    assert town.of(Signal, "CSO1")[-1].state.value == "ended"


def test_the_sum_can_be_made_again_from_the_evidence() -> None:
    town = town_that_knows()
    day_of(town, 0, more_m=0.3)
    why = town.of(Signal, "CSO1")[0].evidence
    assert why is not None
    facts, limits = dict(why.facts), {name: value for name, value, _ in why.thresholds}
    usual, spread, sums = (
        [each.value for each in why.observations if each.sensor == name] for name in ("usual level", "usual spread", "excess sum")
    )
    for n in range(1, len(sums)):
        excess = min((why.levels[n].value - usual[n]) / spread[n], float(limits["excess_of_a_half_hour_most"]))
        after = sums[n - 1] + excess - float(limits["excess_of_a_half_hour_less"])
        assert sums[n] == pytest.approx(min(max(after, 0.0), float(limits["suspected_from"])))
    assert sums[-1] == facts["excess_sum"] == limits["suspected_from"]


def test_a_stuck_sensor_is_no_blockage_when_the_usual_level_falls_below_it() -> None:
    town = town_that_knows()
    for minute in range(STEP_MIN, DAY_MIN + 1, STEP_MIN):
        if minute % HALF_HOUR_MIN == 0:
            town.rain(0.0, minute)
        town.level(level_m(min(minute, 6 * 60)), minute, "CSO1")
    assert [each for each in town.of(Signal, "CSO1") if each.kind == "waste.blockage_suspected"] == []
    dry = town.parts[dry_part("CSO1")]
    assert isinstance(dry, DryPart)
    assert dry.cusum == 0.0
    assert any(each.still for each in dry.compared)
    day_of(town, 1, more_m=0.3)
    assert [each.kind for each in town.of(Signal, "CSO1")].count("waste.blockage_suspected") > 0


def test_a_level_that_rose_and_hardly_moves_then_is_a_blockage() -> None:
    town = town_that_knows()
    for minute in range(STEP_MIN, DAY_MIN + 1, STEP_MIN):
        if minute % HALF_HOUR_MIN == 0:
            town.rain(0.0, minute)
        town.level(level_m(minute) if minute < 6 * 60 else 0.6 + minute % 60 / 6_000, minute, "CSO1")
    assert "waste.blockage_suspected" in {each.kind for each in town.of(Signal, "CSO1")}


def test_rain_explains_a_high_level() -> None:
    town = town_that_knows()
    for minute in range(STEP_MIN, DAY_MIN, STEP_MIN):
        town.rain(0.2, minute)
        town.level(level_m(minute, 0.3), minute, "CSO1")
    assert town.signals("CSO1") == []


def test_without_a_rain_gauge_nobody_knows_what_a_high_level_comes_from() -> None:
    town = town_that_knows()
    day_of(town, 0, 0.3, dry=False)
    assert town.signals("CSO1") == []


def test_where_pumps_run_the_level_is_theirs() -> None:
    town = Town().configured(configuration(sites=(replace(PIPE, pumps=(Pump(id="P1", running="CSO1.P1.run"),)),)))
    day_of(town, 0)
    town.level(level_m(DAY_MIN - 5), DAY_MIN - 5, "CSO1", after=20 * MINUTE)
    assert dry_part("CSO1") not in town.parts


def test_water_that_seeps_in_is_told_of_as_soon_as_its_week_is_over_with_the_weeks_it_is_judged_by() -> None:
    town = Town(QUIET).configured(SEWER)
    weeks_mm = (*[59_100] * 10, 59_140)
    town.parts[dry_part("CSO1")] = DryPart(zero_m=PIPE.crest_m - 60, weeks_mm=weeks_mm)
    day_of(town, 0)
    said = town.of(Signal, "CSO1")[0]
    assert (said.kind, said.state.value, said.priority) == ("waste.infiltration_high", "began", Priority.LOW)
    assert said.evidence is not None
    facts = dict(said.evidence.facts)
    assert facts["over_the_season_m"] == pytest.approx(0.04)
    assert facts["lowest_m_1_weeks_ago"] == pytest.approx(0.14)
    assert "camera" in said.guidance.text


def test_a_level_that_is_later_than_an_hour_changes_no_median_that_was_made() -> None:
    town = Town(QUIET).configured(SEWER)
    for minute in range(STEP_MIN, 300, STEP_MIN):
        town.rain(0.0, minute)
        town.level(level_m(minute), minute, "CSO1")
    town.pass_to(MIDNIGHT + 294 * MINUTE)
    before = dict(town.parts)
    town.level(level_m(5), 5, "CSO1", after=289 * MINUTE)
    assert town.parts[dry_part("CSO1")] == before[dry_part("CSO1")]


@settings(deadline=None, max_examples=10)
@given(st.data())
def test_levels_that_come_late_or_in_another_order_make_the_same_medians(data: st.DataObject) -> None:
    """Of a site that is heard at all in between."""
    minutes = range(STEP_MIN, 4 * 60 + 1, STEP_MIN)
    delays = data.draw(st.lists(st.integers(0, 55), min_size=len(minutes), max_size=len(minutes)))

    def medians_after(delays_min: list[int]) -> bytes:
        town = Town(QUIET).configured(SEWER)
        told = [
            measured(
                Quantity.LEVEL, "CSO1", level_m(minute), MIDNIGHT + minute * MINUTE, after=delay * (minute % 60 > 0) * MINUTE
            )
            for minute, delay in zip(minutes, delays_min, strict=True)
        ]
        for each in sorted(told, key=_recorded):
            town.tell(each)
        for minute in range(4 * 60 + STEP_MIN, 7 * 60, STEP_MIN):
            town.rain(0.0, minute)
            town.level(level_m(minute), minute, "CSO1")
        learnt = town.parts[profile_part("CSO1")]
        assert isinstance(learnt, ProfilePart)
        return learnt.medians_mm

    assert medians_after(delays) == medians_after([0] * len(minutes))


def _recorded(each: Measurement) -> tuple[object, object]:
    return each.recorded_at, each.time


@pytest.mark.parametrize("interval_s", [30, 60, 100, 150, 300])
def test_no_level_of_a_half_hour_is_lost_whatever_the_interval(interval_s: int) -> None:
    town = Town(QUIET).configured(SEWER)
    for number in range(1, 2 * 3600 // interval_s + 1):
        town.level(0.1 + number % 7 / 1000, number * interval_s / 60, "CSO1")
    town.pass_to(MIDNIGHT + 121 * MINUTE)
    dry = town.parts[dry_part("CSO1")]
    assert isinstance(dry, DryPart)
    assert [len(levels_mm) for levels_mm in dry.open.values()] == 2 * [1800 // interval_s]


def test_the_parts_stay_small_at_one_level_a_minute() -> None:
    town = Town(QUIET).configured(SEWER)
    for minute in range(1, DAY_MIN):
        town.level(level_m(minute), minute, "CSO1")
    dry, usual = town.parts[dry_part("CSO1")], town.parts[profile_part("CSO1")]
    assert isinstance(dry, DryPart)
    assert max(map(len, dry.open.values())) == 30
    assert len(msgspec.msgpack.encode(dry)) < 1_000
    assert len(msgspec.msgpack.encode(usual)) < 4_000
