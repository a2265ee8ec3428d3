"""Rain gauges: how far each is trusted, what stands in for one that is not, and when the rain feed is lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, Town, configuration
from talaia.contracts.vocabulary import Method, SignalState
from talaia.waste.decide import gauges, grey_box, rain
from talaia.waste.decide.slots import slot_of
from talaia.waste.model.outcomes import Alive, Forecast, Signal
from talaia.waste.model.parts import CATCHMENT, CatchmentPart, Model, SitePart, site_part
from talaia.waste.model.policy import ForecastPolicy, GaugePolicy, Policy

POLICY = GaugePolicy()
THREE = ("RG1", "RG2", "RG3")
falls = st.lists(st.lists(st.floats(0, 10) | st.just(float("nan")), min_size=3, max_size=3), min_size=1, max_size=40)


def after(slots: list[list[float]]) -> np.ndarray:
    """Trust of each gauge after what they told, slot by slot."""
    own, others = np.zeros(len(slots[0])), np.zeros(len(slots[0]))
    for fallen in slots:
        own, others = gauges.compared(own, others, gauges.trusts(own, others, POLICY), np.array(fallen), POLICY)
    return gauges.trusts(own, others, POLICY)


def test_a_gauge_that_tells_of_nothing_while_it_rains_around_it_loses_its_weight() -> None:
    assert after([[1.0, 0.0, 1.2]] * 8).tolist() == [1.0, 0.0, 1.0]


def test_half_of_the_gauges_dead_do_not_outvote_the_others() -> None:
    assert after([[1.0, 0.0, 1.2, 0.0]] * 10).tolist() == [1.0, 0.0, 1.0, 0.0]


def test_a_repaired_gauge_has_its_weight_again_after_some_rain() -> None:
    assert after([[1.0, 0.0, 1.0]] * 8 + [[1.0, 1.0, 1.0]] * 12)[1] == 1.0


def test_a_drought_teaches_nothing() -> None:
    assert after([[0.0, 0.0, 0.0]] * 100).tolist() == [1.0, 1.0, 1.0]


@settings(max_examples=60)
@given(falls)
def test_trust_lies_between_nothing_and_all_and_what_is_filled_between_what_was_told(slots: list[list[float]]) -> None:
    trust, told = after(slots), np.array(slots).T
    assert ((trust >= 0) & (trust <= 1)).all()
    windows, mean = gauges.filled(told, trust)
    most = np.nanmax(np.vstack([told, np.zeros(told.shape[1])]), axis=0)
    assert (windows >= 0).all() and (windows <= most + 1e-9).all() and (mean <= most + 1e-9).all()


def look(town: Town) -> rain.RainView:
    catchment = town.parts[CATCHMENT]
    assert isinstance(catchment, CatchmentPart)
    return rain.look(town.parts, catchment, slot_of(town.now) - 1, town.policy)


def test_a_silent_gauge_is_not_a_dry_one() -> None:
    town = Town().configured(configuration(gauges=THREE))
    for n in range(1, 25):
        town.rain(1.0, 5 * n, "RG2")
        town.rain(3.0, 5 * n, "RG3")
    seen = look(town)
    assert seen.windows[0].sum() == pytest.approx(seen.windows[1].sum())
    assert seen.mean[0].sum() == pytest.approx(2.0 * 24)
    assert not seen.lost


def test_a_gauge_that_tells_every_half_hour_leaves_no_gaps() -> None:
    town = Town().configured(configuration(gauges=("RG1", "RG2")))
    for n in range(1, 25):
        town.rain(1.0, 5 * n, "RG2")
        if n % 6 == 0:
            town.rain(4.0, 5 * n, "RG1")
    assert look(town).windows[0].sum() == pytest.approx(16.0)


def test_when_no_gauge_tells_anything_for_an_hour_the_rain_feed_is_lost_until_one_does() -> None:
    town = Town().configured()
    town.rain(0.0, 5)
    minute = town.levels([1.0] * 20)
    told = [each for each in town.of(Signal) if each.kind == "waste.rain_feed_lost"]
    assert [each.state for each in told][:1] == [SignalState.BEGAN]
    assert told[0].subject.id == "upper"
    assert "waste.rain_feed_lost/upper" in town.of(Alive)[-1].open
    town.rain(0.0, minute)
    town.pass_to(MIDNIGHT + (minute + 2) * MINUTE)
    assert town.of(Signal)[-1].state is SignalState.ENDED


def test_a_catchment_that_never_had_rain_says_so_after_an_hour_of_levels() -> None:
    town = Town().configured()
    town.levels([1.0] * 10)
    assert "waste.rain_feed_lost" not in {each.kind for each in town.of(Signal)}
    town.levels([1.0] * 10, 55)
    assert "waste.rain_feed_lost" in {each.kind for each in town.of(Signal)}


def test_without_rain_the_model_is_what_regression_on_all_else_would_have_learnt() -> None:
    rng, policy = np.random.default_rng(1), ForecastPolicy(forget=1.0)
    model, rows, changes = grey_box.untrained(policy), [], []
    for _ in range(200):
        row = rng.normal(size=grey_box.SIZE)
        row[grey_box.SIZE - 1] += row[0]
        change = float(row[0] + 0.5 * row[-1] + 0.1 * rng.normal())
        [(weights, covariance)] = grey_box.learn([_with(model, row)], [change], policy)
        model = Model(weights=weights, covariance=covariance)
        rows.append(row[2 * grey_box.BINS :])
        changes.append(change)
    kept = np.array(rows)
    expected = np.linalg.solve(kept.T @ kept + np.eye(kept.shape[1]) / policy.prior_variance, kept.T @ np.array(changes))
    found = np.frombuffer(grey_box.without_rain(model).weights)
    assert found[: 2 * grey_box.BINS].tolist() == [0.0] * (2 * grey_box.BINS)
    assert found[2 * grey_box.BINS :] == pytest.approx(expected, abs=1e-6)


def test_a_tank_is_forecast_by_level_and_slope_when_the_rain_is_lost() -> None:
    town = Town(Policy(forecast=ForecastPolicy(trusted_steps=20))).configured()
    town.levels([1.0 + 0.02 * n for n in range(60)])
    site = town.parts[site_part("T1")]
    assert isinstance(site, SitePart)
    assert town.of(Forecast, "T1")[-1].method is Method.GREY_BOX
    assert look(town).lost


def _with(model: Model, row: np.ndarray) -> Model:
    return Model(weights=model.weights, covariance=model.covariance, features=row.tobytes())
