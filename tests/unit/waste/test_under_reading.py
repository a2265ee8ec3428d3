"""A gauge that measures less than half of what its neighbours do, day after day with rain, is told of."""

from datetime import timedelta

import pytest
from support.rainy_town import GAUGES, HOURLY, rained_on, rainy_town
from support.town import MIDNIGHT, Town, configuration
from talaia.contracts.vocabulary import Priority
from talaia.waste.model.outcomes import Alive, Signal
from talaia.waste.model.policy import Policy

KIND = "waste.gauge_under_reading"


def said(town: Town) -> list[Signal]:
    return [each for each in town.of(Signal) if each.kind == KIND]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.45])
def test_it_is_told_when_the_fourth_day_with_too_little_rain_is_over(share: float) -> None:
    town = rainy_town([1.0, share, share, share, share])
    began = said(town)[0]
    assert (began.subject.id, began.state.value, began.priority) == ("RG1", "began", Priority.LOW)
    assert timedelta(days=5) < began.said_at - MIDNIGHT < timedelta(days=5, hours=3)
    assert "funnel" in began.guidance.text
    assert f"{KIND}/RG1" in town.of(Alive)[-1].open
    assert said(rainy_town([1.0, share, share, share])) == []


@pytest.mark.parametrize(
    "shares",
    [[0.6] * 7, [0.2, 0.2, 0.2, 1.0, 0.9, 0.2], [3.0] * 6],
    ids=["a drier place", "storms beside it", "more than others"],
)
def test_storms_that_fall_beside_a_gauge_are_its_weather(shares: list[float]) -> None:
    assert said(rainy_town(shares)) == []


def test_with_one_neighbour_nobody_knows_which_is_wrong() -> None:
    assert said(rainy_town([0.3] * 6, GAUGES[:3])) != []
    assert said(rainy_town([0.3] * 6, GAUGES[:2])) == []


def test_a_day_that_the_gauge_did_not_tell_of_in_full_is_not_compared() -> None:
    town = Town(HOURLY).configured(configuration(gauges=GAUGES))
    assert said(rained_on(town, [0.3] * 6, silent_h=6)) == []


def test_it_is_over_after_three_days_of_as_much_rain_as_elsewhere_whichever_process_reads_on() -> None:
    town = rainy_town([0.3] * 5).restarted()
    assert {each.state.value for each in said(rained_on(town, [1.0, 1.0], 5))} == {"changed"}
    assert said(rained_on(town, [1.0], 7))[-1].state.value == "ended"
    assert not [name for name in town.of(Alive)[-1].open if name.startswith(KIND)]


def test_it_is_said_again_while_it_lasts_and_is_over_when_its_gauge_is_gone() -> None:
    town = rainy_town([0.3] * 5, policy=Policy())
    assert {each.state.value for each in said(town)[1:]} == {"changed"}
    town.configured(configuration(gauges=GAUGES[1:], sites=(), version="2"))
    assert said(town)[-1].state.value == "ended"
