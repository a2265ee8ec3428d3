"""The rain of a site for which more than one gauge counts."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, TANK, Town, configuration
from talaia.waste.decide import rain
from talaia.waste.decide.slots import slot_of
from talaia.waste.model.catchment import Site
from talaia.waste.model.events import Refused
from talaia.waste.model.parts import CATCHMENT, CatchmentPart
from talaia.waste.model.policy import Policy
from talaia.waste.model.rainfall import MIXTURES

PLAIN = msgspec.structs.replace(TANK, gauge="RG1")
MIXED = msgspec.structs.replace(PLAIN, id="T2", gauge_weights={"RG1": 0.75, "RG2": 0.25})
SLOT = slot_of(MIDNIGHT + 30 * MINUTE)


def town(*sites: Site) -> Town:
    return Town().configured(configuration(sites=sites or (PLAIN, MIXED), gauges=("RG1", "RG2")))


def looked(there: Town) -> rain.RainView:
    catchment = there.parts[CATCHMENT]
    assert isinstance(catchment, CatchmentPart)
    return rain.look(there.parts, catchment, SLOT, Policy())


@given(own=st.floats(0.2, 20.0), other=st.floats(0.0, 20.0))
def test_a_site_with_weights_has_the_weighted_rain_of_its_gauges(own: float, other: float) -> None:
    there = town()
    there.rain(own, 28, gauge="RG1")
    there.rain(other, 28, gauge="RG2")
    view = looked(there)
    one, two, mixed = (view.windows[view.row[name], -1] for name in ("RG1", "RG2", MIXED.own_rain))
    assert mixed == pytest.approx(0.75 * one + 0.25 * two)
    assert view.half_hours[view.row[MIXED.own_rain]] == pytest.approx(0.75 * own + 0.25 * other)
    own_bins, other_bins, bins = (view.bins[view.row[name]] for name in ("RG1", "RG2", MIXED.own_rain))
    assert bins == pytest.approx(0.75 * own_bins + 0.25 * other_bins)


def test_a_mixture_changes_neither_the_mean_of_the_gauges_nor_the_rain_of_others() -> None:
    there, alone = town(), town(PLAIN)
    for each in (there, alone):
        each.rain(4.0, 28, gauge="RG1")
        each.rain(1.0, 28, gauge="RG2")
    mixed, plain = looked(there), looked(alone)
    assert np.array_equal(mixed.mean, plain.mean)
    assert np.array_equal(mixed.bins[: mixed.gauges], plain.bins)
    assert rain.evidence(mixed, PLAIN.own_rain) == rain.evidence(plain, PLAIN.own_rain)


def test_a_site_that_is_no_longer_mixed_goes_by_its_gauge() -> None:
    there = town()
    assert MIXTURES in there.parts
    there.configured(configuration(sites=(PLAIN,), gauges=("RG1", "RG2"), version="2"))
    assert MIXTURES not in there.parts


@pytest.mark.parametrize(
    ("weights", "reason"), [({"RG1": 0.5, "RG9": 0.5}, "unknown_gauge"), ({"RG1": 0.0, "RG2": 0.0}, "gauge_weights")]
)
def test_weights_that_name_no_gauge_or_add_up_to_nothing_are_refused(weights: dict[str, float], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        town(msgspec.structs.replace(MIXED, gauge_weights=weights))
    assert refused.value.reason == reason
