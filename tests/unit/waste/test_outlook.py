"""How sure a forecast is, and how it learns from those that came true or did not."""

import math
from collections.abc import Sequence
from datetime import datetime
from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, TANK, Town, configuration
from talaia.contracts.vocabulary import SiteKind
from talaia.waste.decide import hindsight, outlook
from talaia.waste.decide.hindsight import Lesson
from talaia.waste.decide.rain import PATH_STEPS
from talaia.waste.decide.slots import slot_of
from talaia.waste.model.conditions import OVERFLOW_EXPECTED
from talaia.waste.model.outcomes import Forecast, Path, Signal
from talaia.waste.model.outlook import Case, Outlook, OutlookPart, outlook_part
from talaia.waste.model.parts import SitePart
from talaia.waste.model.policy import OutlookPolicy, Policy

POLICY = OutlookPolicy()
NEW = outlook.untrained(POLICY)
TANKS = outlook_part(SiteKind.STORAGE_TANK)
ENDS = tuple(MIDNIGHT + 5 * (n + 1) * MINUTE for n in range(PATH_STEPS))
RISING = [1.0 + 0.3 * n for n in range(8)]
STORM = [*RISING, 3.4, 3.8, 4.2, 4.6, 5.0, 5.0, 5.0]
minutes = st.floats(0, 1e6)
levels = st.floats(-1.0, 5.25)


def taught(lessons: Sequence[Lesson], errors: OutlookPart = NEW) -> OutlookPart:
    return hindsight.taught(errors, lessons, POLICY)


def ahead(errors: OutlookPart, path: list[float], level: float = 1.0, rain_mm: float = 0.0) -> Outlook:
    return outlook.of(errors, 4.975, level, path, rain_mm)


def errors_in(town: Town) -> OutlookPart:
    part = town.parts[TANKS]
    assert isinstance(part, OutlookPart)
    return part


def judged(town: Town, minute: float, site: str = "T1") -> Lesson | None:
    """What the slot that ends then shows of the forecasts before it."""
    part = town.parts[f"site/{site}"]
    assert isinstance(part, SitePart)
    return hindsight.judged(part, slot_of(MIDNIGHT + minute * MINUTE), town.policy)


# -- what is said


@pytest.mark.parametrize(
    ("level", "path", "expected"),
    [
        (4.0, [4.5, 5.5, 6.0], 7.5),
        (5.0, [4.0, 4.0, 4.0], 0.0),
        (4.0, [5.0, 5.0, 5.0], 5.0),
        (1.0, [2.0, 3.0, 3.0], 30.0),
        (1.0, [1.0, 1.0, 1.0], 4_320.0),
        (1.0, [0.5, 0.2, 0.1], 4_320.0),
    ],
)
def test_minutes_to_overflow_lie_on_the_path_and_beyond_it_go_on_as_it_rose(
    level: float, path: list[float], expected: float
) -> None:
    assert outlook.minutes_by_path(5.0, level, path) == expected


@given(st.lists(levels, min_size=PATH_STEPS, max_size=PATH_STEPS), levels)
def test_a_time_within_the_path_is_one_at_which_the_path_is_at_the_crest(path: list[float], level: float) -> None:
    found = outlook.minutes_by_path(4.975, level, path)
    assert (found <= 60) == (max(level, *path) >= 4.975)
    assert 0 <= found <= 4_320


@given(minutes, minutes)
def test_the_sooner_the_path_is_at_the_crest_the_likelier_it_is(one: float, other: float) -> None:
    sooner, later = sorted((one, other))
    assert 0 < outlook.probability(NEW, later) <= outlook.probability(NEW, sooner) < 1


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3), st.floats(0.1, 60))
def test_the_deciles_of_the_time_are_in_order_whatever_was_learnt(ratios: list[float], minutes: float) -> None:
    errors = msgspec.structs.replace(NEW, times=tuple(ratios))
    path = [1.0 + (4.0 * 5 * (n + 1) / minutes) for n in range(PATH_STEPS)]
    first, half, last = outlook.times_min(ahead(errors, path))
    assert 0 < first <= half <= last


def with_fan(path: list[float], case: Case) -> list[tuple[datetime, float, float, float]]:
    return list(Path(ENDS, tuple(path), outlook.fan(msgspec.structs.replace(ahead(NEW, path), case=case)), 5.0, 5.25).points())


@given(st.lists(levels, min_size=PATH_STEPS, max_size=PATH_STEPS), st.sampled_from(Case))
def test_a_fan_lies_around_its_path_between_empty_and_a_little_over_the_crest(path: list[float], case: Case) -> None:
    points = with_fan(path, case)
    assert [(time, level) for time, level, _, _ in points] == list(zip(ENDS, path, strict=True))
    for _, level, low, high in points:
        assert min(level, 0.0) <= low <= level <= high <= 5.25


def test_a_fan_is_wider_in_rain_and_the_further_ahead() -> None:
    dry, wet = ([high - low for _, _, low, high in with_fan([1.0] * PATH_STEPS, case)] for case in (Case.DRY, Case.RAIN))
    assert dry == sorted(dry)
    assert all(narrow < wide for narrow, wide in zip(dry, wet, strict=True))


def test_a_path_in_rain_errs_as_paths_in_rain_do() -> None:
    assert [ahead(NEW, [1.0] * PATH_STEPS, rain_mm=mm).case for mm in (0.0, 0.2)] == [Case.DRY, Case.RAIN]


# -- what is learnt


def test_times_learn_by_what_multiple_forecasts_are_wrong() -> None:
    luck = Random(7)
    said = [(20.0, 20.0 * luck.uniform(1.1, 1.5)) for _ in range(2_000)]
    first, half, last = (math.exp(ratio) for ratio in taught([Lesson((each,)) for each in said]).times)
    assert first == pytest.approx(1.14, abs=0.04)
    assert half == pytest.approx(1.3, abs=0.05)
    assert last == pytest.approx(1.46, abs=0.04)


@pytest.mark.parametrize("lesson", [(20.0, None), (20.0, 2.0), (20.0, 70.0), (90.0, 30.0)])
def test_no_time_is_learnt_from_what_came_at_once_or_not_within_the_hour(lesson: tuple[float, float | None]) -> None:
    assert taught([Lesson((lesson,))]).times == NEW.times


def test_odds_learn_how_often_forecasts_come_true() -> None:
    luck = Random(7)

    def lessons(share: float) -> list[Lesson]:
        return [Lesson(((20.0, 20.0 if luck.random() < share else None),)) for _ in range(3_000)]

    for share in (0.2, 0.9):
        assert outlook.probability(taught(lessons(share)), 20.0) == pytest.approx(share, abs=0.05)


@given(st.floats(0, 180))
def test_a_forecast_that_came_true_is_believed_more_and_one_that_did_not_less(minutes: float) -> None:
    before = outlook.probability(NEW, minutes)
    assert outlook.probability(taught([Lesson(((minutes, 15.0),))]), minutes) > before
    assert outlook.probability(taught([Lesson(((minutes, 40.0),))]), minutes) < before
    assert outlook.probability(taught([Lesson(((minutes, None),))]), minutes) < before


def test_the_fan_learns_to_hold_four_of_five_levels_each_case_its_own() -> None:
    noise = np.random.default_rng(7).normal(0, 0.05, (3_000, PATH_STEPS))
    errors = taught([Lesson(misses=(Case.RAIN, miss.tolist())) for miss in noise])
    before, after = outlook.widths_of(NEW.widths), outlook.widths_of(errors.widths)
    low, high = np.exp(after[Case.RAIN])
    assert ((-low < noise) & (noise < high)).mean() == pytest.approx(0.8, abs=0.05)
    assert (after[Case.DRY] == before[Case.DRY]).all()


# -- when it is judged


def test_when_an_overflow_starts_the_forecasts_of_the_hour_before_are_judged() -> None:
    town = Town().configured()
    minute = town.levels(STORM[:-1])
    lesson = judged(town, minute - 5)
    assert lesson is not None
    # the last level under the crest is that of minute 60, the first at it that of minute 65
    assert [took for _, took in lesson.times][-3:] == [7.5, 2.5, -2.5]
    town.levels([5.0] * 3, minute)
    errors = errors_in(town)
    assert errors.times != NEW.times
    assert errors.odds != NEW.odds


def test_a_forecast_that_did_not_come_true_within_an_hour_is_judged() -> None:
    town = Town().configured()
    minute = town.levels([*RISING, *[3.0] * 20])
    lessons = [errors_in(town).odds]
    assert outlook.probability(errors_in(town), 30.0) < outlook.probability(NEW, 30.0)
    town.levels([3.0] * 20, minute)
    assert errors_in(town).odds == lessons[0]  # far off is not worth a lesson


@pytest.mark.parametrize("silence", [30, 100])
def test_a_forecast_is_not_judged_across_a_silence(silence: int) -> None:
    town = Town().configured()
    after = town.levels(RISING) + silence
    town.levels([3.0] * 6, after)
    assert TANKS not in town.parts


def test_the_path_of_the_full_hour_is_judged_an_hour_later() -> None:
    town = Town().configured()
    town.levels([1.0 + 0.01 * n for n in range(23)])
    assert TANKS not in town.parts
    town.levels([1.0 + 0.01 * n for n in range(23, 30)], 120)
    before, after = outlook.widths_of(NEW.widths), outlook.widths_of(errors_in(town).widths)
    assert (before[Case.DRY] != after[Case.DRY]).all()


def test_sites_of_a_kind_learn_together_and_go_on_when_the_city_changes() -> None:
    other = msgspec.structs.replace(TANK, id="T2")
    town = Town().configured(configuration(sites=(TANK, other)))
    town.levels([*RISING, *[3.0] * 12], site="T2")
    errors = errors_in(town)
    town.configured(configuration(version="2"))
    assert errors_in(town) == errors
    town.levels(RISING, 205)
    assert town.of(Forecast, "T1")[-1].outlook.errors.odds == errors.odds


# -- how it is told


def test_a_forecast_tells_time_interval_probability_and_fan() -> None:
    town = Town().configured()
    town.levels(STORM[:11])
    issued = town.of(Forecast)[-1]
    assert issued.interval_min is not None
    assert issued.minutes_to_overflow is not None
    assert 0 <= issued.interval_min[0] < issued.minutes_to_overflow < issued.interval_min[1]
    assert issued.probability is not None
    assert issued.probability > 0.5
    assert len(issued.path.levels_m) == len(issued.path.fan) == PATH_STEPS


def test_a_path_under_the_crest_has_a_probability_and_no_time() -> None:
    town = Town().configured()
    town.levels([1.0] * 6)
    issued = town.of(Forecast)[-1]
    assert (issued.minutes_to_overflow, issued.expected_at, issued.interval_min) == (None, None, None)
    assert issued.probability is not None
    assert issued.probability < 0.01


def test_while_it_spills_nothing_is_left_to_be_probable() -> None:
    town = Town().configured()
    town.levels([*STORM, 5.0, 5.0])
    issued = town.of(Forecast)[-1]
    assert (issued.probability, issued.interval_min) == (None, None)


def test_a_probability_that_moved_enough_is_worth_a_signal() -> None:
    town = Town().configured()
    town.levels(STORM[:12])
    words = [each for each in town.of(Signal) if each.kind == OVERFLOW_EXPECTED]
    assert all(each.probability is not None for each in words)
    said: dict[datetime, float] = {each.said_at: each.probability or 0.0 for each in words}
    last = words[0].probability or 0.0
    for issued in town.of(Forecast):
        if issued.said_at > words[0].said_at and abs((issued.probability or 0.0) - last) > 0.15:
            assert issued.said_at in said
        last = said.get(issued.said_at, last)


def test_evidence_lets_a_reader_work_minutes_and_probability_out_again() -> None:
    town = Town().configured()
    town.levels(STORM[:11])
    word = next(each for each in town.of(Signal) if each.kind == OVERFLOW_EXPECTED)
    assert word.evidence is not None
    facts = {name: value for name, value in word.evidence.facts if isinstance(value, float)}
    by_path, waited = facts["minutes_by_path"], 0.5
    assert outlook.minutes_by_path(4.975, word.evidence.levels[-2].value, word.evidence.path.levels_m) == by_path
    assert facts["minutes_to_overflow"] == pytest.approx(by_path * facts["time_ratio_50"] - waited)
    assert facts["soonest_min"] == pytest.approx(by_path * facts["time_ratio_10"] - waited)
    assert facts["latest_min"] == pytest.approx(by_path * facts["time_ratio_90"] - waited)
    odds = facts["log_odds_at_30_min"] + facts["log_odds_an_efold_sooner"] * math.log(30 / by_path)
    assert word.probability == facts["probability"] == pytest.approx(1 / (1 + math.exp(-odds)))


def test_what_is_kept_is_small() -> None:
    town = Town(policy=Policy()).configured()
    town.levels([1.0 + 0.3 * math.sin(n / 5) for n in range(40)])
    part = town.parts["site/T1"]
    assert isinstance(part, SitePart)
    assert len(msgspec.msgpack.encode(part.told)) < 400
    assert len(msgspec.msgpack.encode(errors_in(town))) < 800
