"""A level sensor that drifts is found by its dry nights and those of its neighbours; what moves once or with them is none."""

from statistics import median

import pytest
from support.drifting_town import DRIFTING, HOUR_MIN, QUIET, SENSOR, SITES, TODAY, ZERO_M, Metres, set_right, still, town_of
from support.town import MIDNIGHT, MINUTE
from talaia.contracts.vocabulary import Priority
from talaia.waste.decide.standing import counted
from talaia.waste.model.dry import NightsPart, nights_part
from talaia.waste.model.outcomes import Alive, Signal


@pytest.mark.parametrize("metres_a_day", [0.005, 0.02, -0.005, -0.02])
def test_a_sensor_that_moves_on_while_its_neighbours_stay_drifts(metres_a_day: float) -> None:
    town = town_of(lambda n: metres_a_day * n)
    (said,) = town.of(Signal)
    assert (said.kind, said.subject.id, said.state.value) == ("waste.sensor_drifting", SENSOR, "began")
    assert said.priority is Priority.LOW
    assert "by hand" in said.guidance.text
    assert town.of(Alive)[-1].open == (f"waste.sensor_drifting/{SENSOR}",)


def test_the_moves_can_be_made_again_from_the_evidence() -> None:
    why = town_of(lambda n: 0.01 * n).of(Signal)[0].evidence
    assert why is not None
    facts, thresholds = dict(why.facts), {name: value for name, value, _ in why.thresholds}
    count = round(float(facts["nights_of_a_part"]))
    nights = [night.value for night in why.levels]
    own = [sorted(nights[n : n + count])[1] for n in range(0, len(nights), count)]
    neighbours = {each.sensor for each in why.observations}
    assert len(neighbours) == facts["neighbours"] == 3
    bases = [[each.value for each in why.observations if each.sensor == name] for name in sorted(neighbours)]
    for n in (0, 1):
        move, other = own[n + 1] - own[n], median(base[n + 1] - base[n] for base in bases)
        assert facts[f"move_{n + 1}_share"] == pytest.approx(move / thresholds["depth"])
        assert facts[f"neighbours_move_{n + 1}_share"] == pytest.approx(other / thresholds["depth"])
        assert move - other >= thresholds["told_from"]


@pytest.mark.parametrize(
    ("own", "neighbours"),
    [
        (lambda n: 0.2 * (n >= 7), still),
        (lambda n: -0.2 * (n >= 5), still),
        (lambda n: 0.01 * n * (n < 9), still),
        (lambda n: 0.03 * n, lambda n: 0.02 * n),
        (still, lambda n: 0.01 * n),
        (lambda n: 0.3 * (n == 7), still),
        (lambda n: 0.001 * n, still),
    ],
    ids=["a step", "a step down", "cleaned", "groundwater", "a dry site", "one wet night", "noise"],
)
def test_what_moves_once_or_with_its_neighbours_does_not_drift(own: Metres, neighbours: Metres) -> None:
    assert town_of(own, neighbours).of(Signal) == []


def test_among_fewer_than_two_neighbours_nobody_knows() -> None:
    assert town_of(lambda n: 0.02 * n, sites=3).of(Signal) != []
    assert town_of(lambda n: 0.02 * n, sites=2).of(Signal) == []


def test_a_night_that_was_dry_for_the_neighbours_counts_for_a_sensor_that_seems_never_to_recover_from_rain() -> None:
    assert town_of(lambda n: 0.02 * n, wet=1).of(Signal) != []
    assert town_of(lambda n: 0.02 * n, wet=2).of(Signal) == []


def test_it_is_said_again_while_it_lasts() -> None:
    town = town_of(lambda n: 0.02 * n)
    town.pass_to(MIDNIGHT + 3 * HOUR_MIN * MINUTE)
    (began, *again) = [each for each in town.of(Signal) if each.subject.id == SENSOR and each.kind == "waste.sensor_drifting"]
    assert {each.state.value for each in again} == {"changed"}
    assert began.evidence is not None
    assert again[-1].evidence == began.evidence


def test_it_is_over_when_the_sensor_was_set_right() -> None:
    town = set_right(town_of(lambda n: 0.02 * n, policy=QUIET))
    assert [each for each in town.of(Signal) if each.kind == "waste.sensor_drifting"][-1].state.value == "ended"
    assert not [name for name in counted(town.parts) if "drifting" in name]


def test_a_day_leaves_its_lowest_half_hour_as_a_night_that_another_process_reads_on() -> None:
    town = town_of(still, policy=QUIET)
    for minute in range(HOUR_MIN + 10, 25 * HOUR_MIN + 1, 10):
        for site in SITES:
            town.level(0.05 if 180 < minute <= 210 else 0.2 + minute % 7 / 1000, minute, site.id)
        town.rain(0.0, minute)
    town.pass_to(MIDNIGHT + (25 * HOUR_MIN + 1) * MINUTE)
    part = town.restarted().parts[nights_part(DRIFTING)]
    assert isinstance(part, NightsPart)
    assert (part.nights[-1].day, part.nights[-1].low_mm) == (TODAY + 1, round((0.05 - ZERO_M) * 1000))
