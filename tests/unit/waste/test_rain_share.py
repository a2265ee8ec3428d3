"""How much of the rain that a model reckons with comes in: the share follows what the level shows of it within a storm."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from talaia.waste.decide import grey_box, rain_share
from talaia.waste.model.parts import Model
from talaia.waste.model.policy import ForecastPolicy

POLICY, CREST_M = ForecastPolicy(), 5.0
FULL_M = 1.0
"""Change of the level in a step by the rain of these models."""
changes = st.floats(-2.5, 2.5)


def model(rain_mm: float = 1.0) -> Model:
    row, weights = np.zeros(grey_box.SIZE), np.zeros(grey_box.SIZE)
    row[0], weights[0] = rain_mm, FULL_M
    return Model(weights=weights.tobytes(), covariance=b"", features=row.tobytes())


def share(changes_m: list[float], rain_mm: float = 1.0) -> float:
    """After a storm of such changes of level."""
    seen = model(rain_mm)
    for change in changes_m:
        [came] = rain_share.after([seen], [change], [CREST_M], POLICY)
        seen = msgspec.structs.replace(seen, came=came)
    return rain_share.of(seen.came, POLICY)


def test_before_a_storm_the_whole_rain_is_reckoned_with() -> None:
    assert rain_share.of(rain_share.NOTHING, POLICY) == 1.0


def test_a_storm_that_falls_beside_the_gauge_is_reckoned_with_ever_less() -> None:
    shares = [share([0.0] * steps) for steps in range(8)]
    assert shares == sorted(shares, reverse=True)
    assert shares[1] > 0.15 and shares[-1] < 0.06


def test_of_a_storm_half_of_which_comes_in_half_is_reckoned_with() -> None:
    assert share([FULL_M / 2] * 30) == pytest.approx(0.5, abs=0.05)


def test_rain_that_comes_in_is_reckoned_with_whole_and_never_more() -> None:
    assert share([FULL_M] * 8) == pytest.approx(1.0)
    assert share([2 * FULL_M] * 8) == 1.0


def test_a_level_that_moves_without_rain_says_nothing_of_it() -> None:
    assert share([-0.2, 0.1, 0.3], rain_mm=0.0) == 1.0


def test_what_drizzle_brings_is_lost_in_the_noise_of_the_level() -> None:
    assert share([-0.008], rain_mm=0.02) > 0.95


@given(st.lists(changes, max_size=20), st.floats(0, 20))
def test_a_share_lies_between_nothing_and_all(seen: list[float], rain_mm: float) -> None:
    assert 0.0 <= share(seen, rain_mm) <= 1.0


@given(st.lists(changes, min_size=1, max_size=5))
def test_tanks_that_are_compared_together_are_as_when_alone(seen: list[float]) -> None:
    together = rain_share.after([model()] * len(seen), seen, [CREST_M] * len(seen), POLICY)
    assert together == [rain_share.after([model()], [change], [CREST_M], POLICY)[0] for change in seen]
