"""Two level sensors of one site are compared: what differs for long by more than their accuracy is told, with both values."""

from datetime import datetime

import pytest
from msgspec.structs import replace
from support.town import MIDNIGHT, MINUTE, PIPE, TANK, Town, configuration
from talaia.contracts.vocabulary import Priority, SignalState
from talaia.waste.model.outcomes import Signal
from talaia.waste.model.policy import Policy
from talaia.waste.model.site_policy import ComparisonPolicy

KIND = "waste.sensor_drifting"
HOUR = 60
ONE, OTHER = "T1.level", "T1.radar"


def told_until(town: Town, last_min: int, apart_m: float, first_min: int = 5) -> Town:
    """A level every five minutes from both sensors, the other so much higher."""
    for minute in range(first_min, last_min + 1, 5):
        level_m = 1.0 + 0.008 * (minute // 5 % 3)
        town.level(level_m, minute, sensor=ONE)
        town.level(level_m + apart_m, minute, sensor=OTHER)
    return town


def of_site(town: Town) -> list[Signal]:
    return [each for each in town.of(Signal) if each.kind == KIND and each.subject.id == "T1"]


def turns(town: Town) -> list[str]:
    """When it began and ended, without the words that say it again."""
    return [each.state.value for each in of_site(town) if each.state is not SignalState.CHANGED]


@pytest.mark.parametrize("apart_m", [0.3, -0.3])
def test_two_sensors_that_differ_for_six_hours_are_told_with_both_values(apart_m: float) -> None:
    town = told_until(Town(Policy()).configured(), 7 * HOUR, apart_m)
    (said, *_again) = of_site(town)
    assert (said.state.value, said.priority) == ("began", Priority.LOW)
    assert "by hand" in said.guidance.text
    assert said.evidence is not None
    low, high = said.evidence.observations
    assert {low.sensor, high.sensor} == {ONE, OTHER}
    facts, limits = dict(said.evidence.facts), {name: value for name, value, _ in said.evidence.thresholds}
    assert high.value - low.value - float(facts["water_moved_m"]) == facts["apart_m"] == pytest.approx(0.3)
    assert float(facts["apart_m"]) >= limits["told_from"] == 0.2
    since = datetime.fromisoformat(str(facts["differ_since"]))
    assert limits["told_after"] <= (said.said_at - since) / MINUTE <= limits["told_after"] + 5


@pytest.mark.parametrize(("apart_m", "hours"), [(0.15, 12), (0.3, 5)], ids=["within their accuracy", "not for long"])
def test_what_differs_little_or_not_for_long_is_not_told(apart_m: float, hours: int) -> None:
    town = told_until(Town(Policy()).configured(), hours * HOUR, apart_m)
    assert of_site(told_until(town, (hours + 4) * HOUR, 0.0, hours * HOUR + 5)) == []


def test_water_that_moves_between_the_two_samples_is_no_difference() -> None:
    close = Policy(comparison=ComparisonPolicy(least_m=0.005, share=0.001))
    town = Town(close).configured()
    for minute in range(5, 12 * HOUR, 5):
        for sensor, time in ((ONE, minute), (OTHER, minute + 4)):
            town.level(0.5 + 0.003 * time, time, sensor=sensor)
    assert of_site(town) == []
    assert turns(told_until(Town(close).configured(), 7 * HOUR, 0.012)) == ["began"]


def test_a_sensor_that_stands_still_is_told_as_flat_alone() -> None:
    town = Town(Policy()).configured()
    for minute in range(5, 16 * HOUR, 5):
        town.level(1.5 + 0.008 * (minute // 5 % 3), minute, sensor=ONE)
        town.level(1.1 if minute > HOUR else 1.1 + 0.008 * (minute // 5 % 3), minute, sensor=OTHER)
    assert of_site(town) == []


def test_it_is_over_when_they_agree_again_and_another_process_goes_on_with_the_time() -> None:
    town = told_until(Town(Policy()).configured(), 5 * HOUR, 0.3).restarted()
    told_until(town, 7 * HOUR, 0.3, 5 * HOUR + 5)
    assert turns(told_until(town, 8 * HOUR, 0.02, 7 * HOUR + 5)) == ["began", "ended"]


def test_a_site_from_which_the_other_sensor_was_taken_has_nothing_to_compare() -> None:
    town = told_until(Town(Policy()).configured(), 7 * HOUR, 0.3)
    name = "site/T1"
    part = town.parts[name]
    town.parts[name] = replace(part, sensors={ONE: part.sensors[ONE]})  # type: ignore[union-attr, call-arg]
    town.pass_to(MIDNIGHT + (7 * HOUR + 10) * MINUTE)
    assert turns(town) == ["began", "ended"]


def test_while_one_of_them_is_silent_nothing_is_said_and_the_time_begins_anew() -> None:
    town = told_until(Town(Policy()).configured(), 4 * HOUR, 0.3)
    for minute in range(4 * HOUR + 5, 7 * HOUR, 5):
        town.level(1.0 + 0.008 * (minute // 5 % 3), minute, sensor=ONE)
    assert of_site(told_until(town, 12 * HOUR, 0.3, 7 * HOUR)) == []
    assert turns(told_until(town, 14 * HOUR, 0.3, 12 * HOUR + 5)) == ["began"]


def test_sites_with_one_sensor_are_not_compared() -> None:
    town = Town(Policy()).configured(configuration(sites=(TANK, PIPE)))
    town.levels([1.0 + 0.008 * (n % 3) for n in range(100)])
    assert of_site(town) == []
