"""The overflow forecast: level, path, learning, warning."""

import math
from datetime import timedelta
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, SECOND, TANK, Town
from talaia.contracts.vocabulary import Flag, Method
from talaia.waste.decide import forecast, grey_box, levels, linear, outlook, rain
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.slots import due, open_slot, slot_end, slot_of
from talaia.waste.model.events import Gauge
from talaia.waste.model.outcomes import Forecast
from talaia.waste.model.parts import CatchmentPart, Condition, GaugePart, Model, Sample, SitePart, gauge_part
from talaia.waste.model.policy import ForecastPolicy, Policy

POLICY = ForecastPolicy()
SLOT_AT_NOON = slot_of(MIDNIGHT + 720 * MINUTE)


def view(own: list[float], other: list[float] | None = None, slot: int = SLOT_AT_NOON) -> rain.RainView:
    """Rain of two gauges, newest slot last."""
    catchment = CatchmentPart(catchment="upper", area="city", hash="h", gauges=(Gauge(id="RG1"), Gauge(id="RG2")))
    parts = {}
    for gauge, fallen in (("RG1", own), ("RG2", other or [])):
        part = GaugePart(gauge=gauge)
        for back, mm in enumerate(reversed(fallen)):
            raining, newest = rain.with_rain(part, slot - back, mm)
            part = GaugePart(gauge=gauge, rain=raining, slot=newest)
        parts[gauge_part(gauge)] = part
    return rain.look(parts, catchment, slot, Policy())


def trail(*values: float, flag: Flag = Flag.GOOD) -> tuple[Sample, ...]:
    return tuple(Sample(MIDNIGHT + 5 * n * MINUTE, value, flag) for n, value in enumerate(values))


# -- slots


@given(st.integers(0, 10**9))
def test_a_moment_lies_in_the_slot_that_ends_next(second: int) -> None:
    moment = MIDNIGHT + second * SECOND
    slot = slot_of(moment)
    assert slot_end(slot - 1) < moment <= slot_end(slot)


@given(st.integers(0, 10**9))
def test_the_open_slot_is_the_first_that_is_not_due(second: int) -> None:
    now = MIDNIGHT + second * SECOND
    assert due(open_slot(now) - 1) <= now < due(open_slot(now))


# -- rain


def test_rain_stands_in_its_lag_bin() -> None:
    seen = view([1.0, *[0.0] * 7])
    assert seen.bins[0][0].tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0]


def test_the_bins_of_a_later_step_see_the_rain_further_back() -> None:
    seen = view([4.0, 0.0, 0.0, 0.0, 0.0])
    assert seen.bins[0][0, 4] == pytest.approx(4.0)
    assert seen.bins[0][2, 5] == pytest.approx(4.0)


def test_recent_rain_goes_on_and_halves_every_twenty_minutes() -> None:
    newest = view([2.0, 2.0, 2.0]).bins[0][1:, 0]
    assert newest[0] == pytest.approx(2.0 * 0.5 ** (2.5 / 20))
    assert newest[4] == pytest.approx(newest[0] / 2)


@settings(max_examples=40)
@given(st.lists(st.floats(0, 20), min_size=1, max_size=60))
def test_all_bins_together_are_the_rain_of_two_hours(fallen: list[float]) -> None:
    assert view(fallen).bins[0][0].sum() == pytest.approx(sum(fallen[-24:]))


@settings(max_examples=20)
@given(st.permutations(list(range(10))))
def test_rain_adds_up_in_any_order(order: list[int]) -> None:
    part = GaugePart(gauge="RG1")
    for n in order:
        raining, slot = rain.with_rain(part, 1000 + n, n + 0.5)
        part = GaugePart(gauge="RG1", rain=raining, slot=slot)
    assert np.frombuffer(part.rain, "<f8")[-10:].tolist() == [n + 0.5 for n in range(10)]


def test_rain_too_old_to_matter_is_forgotten() -> None:
    raining, slot = rain.with_rain(GaugePart(gauge="RG1"), 1000, 1.0)
    part = GaugePart(gauge="RG1", rain=raining, slot=slot)
    assert rain.with_rain(part, 900, 7.0) == (raining, slot)
    raining, slot = rain.with_rain(part, 1100, 2.0)
    assert (np.nansum(np.frombuffer(raining, "<f8")), slot) == (2.0, 1100)


def test_the_mean_is_taken_over_all_gauges() -> None:
    assert view([4.0], [1.0]).mean[0, 0] == pytest.approx(2.5)


def test_rain_of_slots_to_come_is_not_seen_yet() -> None:
    part = GaugePart(gauge="RG1")
    raining, slot = rain.with_rain(part, SLOT_AT_NOON + 1, 3.0)
    catchment = CatchmentPart(catchment="upper", area="city", hash="h", gauges=(Gauge(id="RG1"),))
    seen = rain.look({gauge_part("RG1"): GaugePart(gauge="RG1", rain=raining, slot=slot)}, catchment, SLOT_AT_NOON, Policy())
    assert not seen.bins[0].any()


# -- level


def test_the_level_is_the_median_of_the_last_three_good_samples() -> None:
    assert levels.level_m(trail(9.0, 1.0, 3.0, 2.0), POLICY) == 2.0


def test_a_suspect_sample_is_no_level() -> None:
    assert levels.level_m((*trail(1.0, 1.1, 1.2), Sample(MIDNIGHT + 20 * MINUTE, 4.0, Flag.SUSPECT)), POLICY) == 1.1


def test_one_sample_that_nobody_has_confirmed_is_no_level() -> None:
    assert levels.level_m(trail(5.0, flag=Flag.NOT_EVALUATED), POLICY) is None
    assert levels.level_m((*trail(1.0), *trail(5.0, 5.1, flag=Flag.NOT_EVALUATED)[1:]), POLICY) == 1.0


JUDGED = st.lists(st.tuples(st.floats(0, 5), st.sampled_from((Flag.GOOD, Flag.SUSPECT))), max_size=4)


@given(JUDGED, st.floats(0, 9), st.floats(0, 9))
def test_how_high_a_jump_is_that_waits_does_not_change_the_level(
    before: list[tuple[float, Flag]], jump: float, other: float
) -> None:
    known = tuple(Sample(MIDNIGHT + 5 * n * MINUTE, value, flag) for n, (value, flag) in enumerate(before))
    waiting = [Sample(MIDNIGHT + 5 * len(known) * MINUTE, each, Flag.NOT_EVALUATED) for each in (jump, other)]
    assert levels.level_m((*known, waiting[0]), POLICY) == levels.level_m((*known, waiting[1]), POLICY)


def test_a_level_that_rises_stands_where_it_was_seen_last_while_a_jump_waits() -> None:
    assert levels.level_m((*trail(1.0, 1.2, 1.4), Sample(MIDNIGHT + 15 * MINUTE, 0.1, Flag.NOT_EVALUATED)), POLICY) == 1.4


def test_a_jump_after_a_gap_is_no_reason_to_go_by_what_stood_before_it() -> None:
    late = Sample(MIDNIGHT + 40 * MINUTE, 1.0, Flag.NOT_EVALUATED)
    assert levels.level_m((*trail(3.0, 3.8, 4.6), late), POLICY) == 3.8


def test_samples_from_before_a_silence_do_not_count() -> None:
    later = tuple(Sample(MIDNIGHT + 300 * MINUTE + 5 * n * MINUTE, 3.0, Flag.GOOD) for n in range(2))
    assert levels.level_m((*trail(1.0, 1.0), *later), POLICY) == 3.0


def test_without_samples_there_is_no_level() -> None:
    assert levels.level_m((), POLICY) is None


# -- linear


def test_the_slope_is_the_least_squares_line_through_four_levels() -> None:
    levels = [1.0, 1.3, 1.1, 1.9]
    assert linear.slope(levels) == pytest.approx(np.polyfit(range(4), levels, 1)[0])


def test_with_fewer_than_four_levels_there_is_no_slope() -> None:
    assert linear.slope([1.0, 2.0, 3.0]) == 0


@given(st.lists(st.floats(0, 5), min_size=1, max_size=4))
def test_a_line_stays_between_the_bottom_and_a_little_over_the_crest(levels: list[float]) -> None:
    path = linear.path(levels, 5.0, POLICY.linear_min_slope, 5, POLICY.cap)
    assert len(path) == rain.PATH_STEPS
    assert all(0 <= level <= 5.25 for level in path)


def test_a_rise_slower_than_noise_is_none() -> None:
    assert linear.path([4.0, 4.001, 4.002, 4.003], 5.0, POLICY.linear_min_slope, 5, POLICY.cap) == [4.003] * rain.PATH_STEPS


# -- grey box


def simulated(steps: int) -> tuple[Model, list[tuple[rain.RainView, float, float]]]:
    """A tank that really follows the model's equation, learnt from; and its last steps: rain, level, change."""
    random = np.random.default_rng(1)
    fallen, level, change = [0.0] * 24, 1.0, 0.0
    model, seen = grey_box.untrained(POLICY), []
    for n in range(steps):
        fallen.append(float(random.exponential(0.6)) if random.random() < 0.4 else 0.0)
        now = view(fallen[-24:], [0.0], SLOT_AT_NOON + n)
        features = grey_box.features(grey_box.conditions(now)[0], level, (change, 0.0))
        model = Model(weights=model.weights, covariance=model.covariance, features=features)
        seen.append((now, level, change))
        change = 0.05 * fallen[-1] + 0.03 * fallen[-2] + 0.01 * sum(fallen[-9:-6]) - 0.03 * math.sqrt(level)
        level = max(level + change, 0.05)
        [(weights, covariance)] = grey_box.learn([model], [change], POLICY)
        model = Model(weights=weights, covariance=covariance, learnt=n + 1)
    return model, seen


def test_it_learns_how_a_tank_answers_to_rain() -> None:
    model, seen = simulated(800)
    errors = []
    for (now, level, change), (_, after, _) in pairwise(seen[-200:]):
        [path] = grey_box.paths([msgspec.structs.replace(model, levels=(level,))], now, [0], [(change, 0.0)], [1.0], [105.0])
        errors.append(abs(path[0] - after))
    assert max(errors) < 0.005


def test_a_model_of_a_release_before_keeps_what_it_learnt_and_has_the_new_coefficient_to_learn() -> None:
    model, _ = simulated(100)
    known = grey_box.SIZE - 1
    weights, covariance = np.frombuffer(model.weights), np.frombuffer(model.covariance).reshape(grey_box.SIZE, -1)
    old = Model(
        weights=weights[:known].tobytes(), covariance=covariance[:known, :known].tobytes(), features=b"12345678" * known, learnt=9
    )
    now = grey_box.current(old, POLICY)
    assert (now.learnt, now.features) == (9, old.features + bytes(8))
    assert np.frombuffer(now.weights).tolist() == [*weights[:known], 0.0]
    read = np.frombuffer(now.covariance).reshape(grey_box.SIZE, -1)
    assert (read[:known, :known] == covariance[:known, :known]).all()
    assert read[known].tolist() == [*[0.0] * known, POLICY.prior_variance]
    assert grey_box.current(now, POLICY) is now


def test_its_covariance_stays_symmetric_and_positive() -> None:
    model, _ = simulated(300)
    covariance = np.frombuffer(model.covariance, "<f8").reshape(grey_box.SIZE, grey_box.SIZE)
    assert (covariance == covariance.T).all()
    assert np.linalg.eigvalsh(covariance).min() > 0


@pytest.mark.parametrize("rains", [0.0, 0.3])
def test_what_nothing_excites_for_years_is_forgotten_only_so_far(rains: float) -> None:
    """One gauge, whose rain is also the mean; a hundredth forgotten a step, so that 3,000 steps are five years and a half."""
    policy = ForecastPolicy(forget=0.99)
    random, model = np.random.default_rng(2), grey_box.untrained(policy)
    for n in range(3_000):
        row, own = random.normal(size=grey_box.SIZE), rains * random.exponential(size=grey_box.BINS)
        row[: 2 * grey_box.BINS] = np.concatenate((own, own))
        change = float(0.2 * own.sum() + 0.1 * row[-1])
        model = msgspec.structs.replace(model, features=row.tobytes(), learnt=n)
        [(weights, covariance)] = grey_box.learn([model], [change], policy)
        model = msgspec.structs.replace(model, weights=weights, covariance=covariance)
    found = np.frombuffer(model.covariance).reshape(grey_box.SIZE, -1)
    assert (found == found.T).all()
    assert np.linalg.eigvalsh(found).min() > 0
    assert found.max() < policy.most_variance / policy.forget ** (2 * 288)
    learnt = np.frombuffer(model.weights)
    assert learnt[-1] == pytest.approx(0.1, abs=1e-6)
    if rains:
        assert (learnt[: grey_box.BINS] + learnt[grey_box.BINS : 2 * grey_box.BINS]) == pytest.approx(0.2, abs=1e-6)


def test_tanks_that_learn_together_learn_what_each_learns_alone() -> None:
    random = np.random.default_rng(3)
    models = [
        msgspec.structs.replace(grey_box.untrained(POLICY), features=random.normal(size=grey_box.SIZE).tobytes())
        for _ in range(5)
    ]
    changes = random.normal(size=5).tolist()
    together = grey_box.learn(models, changes, POLICY)
    for model, change, (weights, covariance) in zip(models, changes, together, strict=True):
        [(own, own_covariance)] = grey_box.learn([model], [change], POLICY)
        assert np.frombuffer(weights) == pytest.approx(np.frombuffer(own), rel=1e-12)
        assert np.frombuffer(covariance) == pytest.approx(np.frombuffer(own_covariance), rel=1e-12)


@settings(max_examples=40)
@given(
    weights=st.lists(st.floats(-3, 3), min_size=grey_box.SIZE, max_size=grey_box.SIZE),
    level=st.floats(0, 5),
    change=st.floats(-2, 2),
    before=st.floats(-2, 2),
    share=st.floats(0, 1),
)
def test_a_path_stays_between_the_dry_level_and_a_little_over_the_crest(
    weights: list[float], level: float, change: float, before: float, share: float
) -> None:
    model = Model(weights=np.array(weights).astype("<f8").tobytes(), covariance=b"", levels=(level,), dry_level_m=0.2)
    [path] = grey_box.paths([model], view([5.0, 9.0]), [0], [(change, before)], [share], [POLICY.cap * 5.0])
    assert len(path) == rain.PATH_STEPS
    assert all(0.2 <= each <= 5.25 for each in path)


@pytest.mark.parametrize(
    ("before", "level", "learns"),
    [(1.0, 1.2, True), (0.19, 0.4, False), (4.93, 4.9, False), (4.9, 4.93, False), (1.0, 3.6, False), (3.6, 1.0, False)],
)
def test_it_learns_only_between_empty_and_spilling_and_from_no_leap(before: float, level: float, learns: bool) -> None:
    assert grey_box.worth_learning(before, level, 5.0, POLICY) is learns


def test_the_dry_level_starts_at_the_first_level_and_follows_slowly() -> None:
    model = grey_box.untrained(POLICY)
    assert grey_box.dry_level_m(model, 0, 0.7, POLICY) == 0.7
    learnt = Model(weights=b"", covariance=b"", dry_level_m=0.7)
    assert 0.7 < grey_box.dry_level_m(learnt, 1, 2.0, POLICY) < 0.701
    assert 0.699 < grey_box.dry_level_m(learnt, 1, 0.1, POLICY) < 0.7


# -- warning


def test_a_warning_begins_at_the_crest_and_is_held_a_little_under_it() -> None:
    warned = Condition(open=True, expected_at=MIDNIGHT)
    for condition, top, warns in (
        (Condition(), 4.99, False),
        (Condition(), 5.0, True),
        (warned, 4.66, True),
        (warned, 4.64, False),
    ):
        assert forecast.warns(condition, top, 5.0, MIDNIGHT, POLICY) is warns


@given(st.integers(0, 5), st.floats(0.0, 0.05))
def test_the_further_ahead_the_more_a_path_clears_the_crest_before_it_warns(step: int, over: float) -> None:
    path = [4.0] * 12
    path[step] = 5.0 * (1 + over)
    top_m = forecast.clear_top_m(4.0, path, 5.0, POLICY)
    assert top_m == pytest.approx(5.0 * (1 + over - step * POLICY.clearance_a_step))


def test_a_warning_looks_no_further_than_half_an_hour_and_not_under_the_level() -> None:
    assert forecast.clear_top_m(4.5, [4.0] * 6 + [5.2] * 6, 5.0, POLICY) == 4.5


def test_a_warning_whose_hour_passed_is_held_no_longer() -> None:
    warned = Condition(open=True, expected_at=MIDNIGHT)
    assert not forecast.warns(warned, 4.7, 5.0, MIDNIGHT + timedelta(minutes=61), POLICY)
    assert forecast.warns(warned, 5.0, 5.0, MIDNIGHT + timedelta(minutes=61), POLICY)


def test_while_it_spills_a_warning_stands() -> None:
    town = Town().configured()
    town.levels([1.0, 1.0, 5.0, 5.01, 5.0, 5.02, 5.0])
    assert all(each.warning and each.watch for each in town.of(Forecast)[-2:])


def test_a_forecast_is_issued_each_slot_thirty_seconds_after_its_end() -> None:
    town = Town().configured()
    town.levels([1.0] * 10)
    issued = town.of(Forecast)
    assert [each.said_at for each in issued] == [MIDNIGHT + (5 * n + 5) * MINUTE + 30 * SECOND for n in range(9)]
    assert [each.slot_end + 30 * SECOND for each in issued] == [each.said_at for each in issued]


def test_before_enough_is_learnt_the_forecast_is_linear_and_says_so() -> None:
    town = Town(policy=Policy(forecast=ForecastPolicy(trusted_steps=20))).configured()
    town.levels(1.0 + 0.3 * math.sin(n / 5) for n in range(40))
    methods = [each.method for each in town.of(Forecast)]
    assert methods[0] is Method.LINEAR
    assert methods[-1] is Method.GREY_BOX
    assert [each.learnt_steps > 20 for each in town.of(Forecast)] == [method is Method.GREY_BOX for method in methods]


def test_what_is_not_learnt_from_a_slot_without_a_reading() -> None:
    town = Town().configured()
    after = town.levels([1.0, 1.1, 1.2, 1.1])
    town.levels([1.2, 1.3], after + 5)
    assert [each.learnt_steps for each in town.of(Forecast)] == [0, 1, 2, 3, 3, 4]


def test_nothing_is_said_of_a_site_without_a_good_level_for_an_hour() -> None:
    town = Town().configured()
    last = town.levels([1.0] * 5) - 5
    town.pass_to(MIDNIGHT + 600 * MINUTE)
    assert max(each.said_at for each in town.of(Forecast)) <= MIDNIGHT + (last + 60) * MINUTE
    before = len(town.of(Forecast))
    town.levels([1.0] * 5, 605)
    assert len(town.of(Forecast)) > before


def test_a_site_that_gets_another_crest_keeps_what_it_learnt() -> None:
    model = grey_box.untrained(POLICY)
    part = SitePart(site=TANK, model=model, trail=trail(1.0, 1.0, 1.0))
    tank = forecast.Tank(part, 1.0, MIDNIGHT, outlook.untrained(Policy().outlook), "")
    at = Circumstances(MIDNIGHT, "", "city", "hash", Policy())
    [(after, _)] = forecast.forecasts([tank], view([0.0]), at)
    assert after.model is not None
    assert after.model.weights == model.weights
