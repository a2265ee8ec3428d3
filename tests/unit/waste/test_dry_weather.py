"""Dry weather of a sewer: its usual level is learnt, rain is told from a blockage, water that seeps in is noticed."""

from collections.abc import Callable
from math import pi, sin
from statistics import median
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talaia.waste.decide.sewer import blockage, infiltration, profile, recovery
from talaia.waste.decide.sewer.dry import HalfHour, after
from talaia.waste.model.dry import DAYS_KEPT, HALF_HOURS, NOTHING, UNKNOWN_MM, DryPart
from talaia.waste.model.site_policy import SewerPolicy

POLICY = SewerPolicy()
DEPTH_M = 3.0
MONDAY = 4 * HALF_HOURS + 1
DAY = HALF_HOURS
WEEK = 7 * DAY


class Told(NamedTuple):
    """What one half hour left: the parts, and whether a blockage is suspected."""

    part: DryPart
    medians_mm: bytes
    blocked: bool


FRESH = Told(DryPart(zero_m=0.0), NOTHING, False)


def daily_mm(half_hour: int) -> int:
    """A sewer by day and night, with a millimetre or two of noise."""
    return round(90 + 50 * sin(2 * pi * half_hour / HALF_HOURS)) + half_hour * 7919 % 5 - 2


def nothing(_: int) -> float:
    return 0.0


def follows(told: Told, number: int, level_mm: int | None, rain_mm: float | None = 0.0) -> Told:
    """After one more half hour."""
    part, medians_mm = after(told.part, told.medians_mm, HalfHour(number, level_mm, rain_mm), DEPTH_M, POLICY)
    blocked = blockage.stands(told.blocked, part.cusum, recovery.explains(part, POLICY), POLICY)
    return Told(part, medians_mm, blocked)


def run(half_hours: int, more_mm: Callable[[int], float] = nothing, rain_mm: Callable[[int], float] = nothing) -> list[Told]:
    """So many half hours of the sewer; more_mm and rain_mm by half hours since the first."""
    told = [FRESH]
    for n in range(half_hours):
        told.append(follows(told[-1], MONDAY + n, daily_mm(MONDAY + n) + round(more_mm(n)), rain_mm(n)))
    return told[1:]


def begins(told: list[Told]) -> list[int]:
    """Half hours in which a blockage became suspected."""
    return [n for n in range(1, len(told)) if told[n].blocked and not told[n - 1].blocked]


def test_a_sewer_that_backs_up_in_dry_weather_is_suspected_within_half_a_day_and_over_half_a_day_after() -> None:
    told = run(40 * DAY, more_mm=lambda n: 400 if 30 * DAY <= n < 32 * DAY else 0.0)
    assert len(begins(told)) == 1
    assert 30 * DAY < begins(told)[0] <= 30 * DAY + HALF_HOURS // 4
    assert told[32 * DAY - 1].blocked
    assert not told[32 * DAY + HALF_HOURS // 2].blocked


def test_nothing_is_suspected_before_a_week_is_known() -> None:
    assert not begins(run(WEEK, more_mm=lambda n: 400 if n >= 5 * DAY else 0.0))


def test_a_storm_that_drains_for_days_is_no_blockage_once_it_has_been_seen() -> None:
    def rain_mm(n: int) -> float:
        return 3.0 if n % (5 * DAY) == 0 else 0.0

    def drains_mm(n: int) -> float:
        return max(1000.0 - 10 * (n % (5 * DAY)), 0.0)

    told = run(60 * DAY, drains_mm, rain_mm)
    assert not begins(told)
    assert 90 < recovery.explained_for(told[-1].part.recoveries, POLICY) <= POLICY.unlearnt_half_hours


def test_a_sewer_that_is_quickly_back_is_suspected_although_it_rained_in_the_morning() -> None:
    def rain_mm(n: int) -> float:
        return 3.0 if n % (2 * DAY) == 0 else 0.0

    told = run(72 * DAY, lambda n: 400 if n >= 70 * DAY + 2 else 300 if rain_mm(n) else 0.0, rain_mm)
    assert begins(told) == [70 * DAY + POLICY.least_half_hours + POLICY.limit / 2]


def test_rain_of_which_nobody_knows_explains_an_excess_too() -> None:
    told = run(20 * DAY)[-1]
    for _ in range(DAY):
        told = follows(told, told.part.half_hour + 1, 2000, None)
    assert (told.part.cusum, told.blocked) == (0.0, False)


def test_half_hours_that_were_never_closed_count_as_wet() -> None:
    last = run(20 * DAY)[-1]
    later = follows(last, last.part.half_hour + 10, 2000)
    assert later.part.rained == last.part.half_hour + 9
    assert later.part.cusum == 0.0


def test_a_half_hour_without_a_level_changes_no_sum_and_no_median() -> None:
    last = run(20 * DAY)[-1]
    later = follows(last, last.part.half_hour + 1, None)
    assert (later.part.cusum, later.medians_mm) == (last.part.cusum, last.medians_mm)
    assert later.part.half_hour == last.part.half_hour + 1


def test_a_holiday_is_a_sunday_on_a_weekday() -> None:
    def sunday_mm(n: int) -> float:
        return 200 if profile.weekend(MONDAY + n) or n // DAY == 35 else 0.0

    assert not begins(run(40 * DAY, sunday_mm))


def test_a_spike_or_a_line_that_is_flat_for_three_hours_is_not_enough() -> None:
    assert not begins(run(20 * DAY, more_mm=lambda n: 2000 if 18 * DAY <= n < 18 * DAY + 6 else 0.0))


@given(st.lists(st.integers(0, UNKNOWN_MM - 1), min_size=1, max_size=30))
def test_a_bin_keeps_the_last_twenty_levels_and_says_nothing_of_another(levels_mm: list[int]) -> None:
    medians_mm = NOTHING
    for level_mm in levels_mm:
        medians_mm = profile.with_day(medians_mm, MONDAY, level_mm)
    assert len(medians_mm) == len(NOTHING)
    usual = profile.usual(medians_mm, MONDAY, POLICY)
    assert (usual is not None) == (len(levels_mm) >= POLICY.known_days)
    assert usual is None or usual.level_mm == median(levels_mm[-DAYS_KEPT:])
    assert profile.usual(medians_mm, MONDAY + 1, POLICY) is None
    assert profile.usual(medians_mm, MONDAY + 5 * DAY, POLICY) is None


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.booleans()), max_size=100))
def test_the_sum_stays_between_nothing_and_its_limit_and_only_sinks_in_rain(steps: list[tuple[float, bool]]) -> None:
    cusum = 0.0
    for excess, wet in steps:
        after = blockage.cusum_after(cusum, excess, wet, POLICY)
        assert 0.0 <= after <= POLICY.limit
        assert not wet or after <= cusum
        cusum = after


@given(st.lists(st.integers(4, 1000), max_size=20))
def test_rain_explains_for_three_hours_at_least_and_three_days_at_most(recoveries: list[int]) -> None:
    assert POLICY.least_half_hours <= recovery.explained_for(tuple(recoveries), POLICY) <= POLICY.unlearnt_half_hours


def test_a_winter_of_more_groundwater_is_an_excess_over_the_season_before() -> None:
    told = run(15 * WEEK, more_mm=lambda n: 30 if n >= 14 * WEEK else 0.0)
    before, after_it = told[14 * WEEK - 2].part.weeks_mm, told[-1].part.weeks_mm
    assert infiltration.excess_mm(before, POLICY) == pytest.approx(0, abs=3)
    assert infiltration.excess_mm(after_it, POLICY) == pytest.approx(30, abs=3)
    assert not infiltration.stands(False, before, DEPTH_M, POLICY)
    assert infiltration.stands(False, after_it, DEPTH_M, POLICY)
    assert not infiltration.stands(False, after_it, 3 * DEPTH_M, POLICY)
    assert infiltration.stands(True, after_it, 3 * DEPTH_M, POLICY)


def test_a_season_must_be_known_before_a_week_is_judged() -> None:
    weeks_mm = tuple(10 * n for n in range(POLICY.season_least_weeks + 1))
    assert infiltration.excess_mm((), POLICY) == infiltration.excess_mm(weeks_mm[:-1], POLICY) == 0.0
    assert infiltration.excess_mm(weeks_mm, POLICY) > 0.0


def test_a_week_of_rain_is_no_week() -> None:
    part = run(WEEK, rain_mm=lambda n: 1.0)[-1].part
    assert (part.nights_mm, part.weeks_mm) == ((), ())
