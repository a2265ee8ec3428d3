"""A battery that runs low is noticed by its own best, once, and not for the cold of a night."""

from datetime import timedelta
from math import pi, sin

import pytest
from support.town import MIDNIGHT, MINUTE, Town, measured
from talaia.contracts.vocabulary import Priority, Quantity
from talaia.waste.model.outcomes import Signal
from talaia.waste.model.policy import Policy, SignalPolicy

HOUR = 60 * MINUTE


@pytest.fixture
def town() -> Town:
    return Town(Policy(signal=SignalPolicy(alive_every=timedelta(days=10)))).configured()


def reads(town: Town, hour: float, volt: float) -> None:
    town.tell(measured(Quantity.BATTERY, "T1", volt, MIDNIGHT + hour * HOUR, sensor="T1.battery"))


def states(town: Town) -> list[str]:
    """Without what was only said again."""
    return [each.state.value for each in town.of(Signal) if each.state.value != "changed"]


@pytest.mark.parametrize("full_v", [3.6, 6.4, 12.8, 25.6])
def test_a_battery_of_any_kind_is_low_under_nine_tenths_of_its_best_until_it_is_changed(town: Town, full_v: float) -> None:
    for hour in range(100):
        reads(town, hour, full_v)
    for hour in range(100, 300):
        reads(town, hour, full_v * 0.85)
    assert states(town) == ["began"]
    for hour in range(300, 400):
        reads(town, hour, full_v)
    assert states(town) == ["began", "ended"]
    assert {each.subject.id for each in town.of(Signal)} == {"T1/T1.battery"}
    assert {each.priority for each in town.of(Signal)} == {Priority.LOW}


def test_sun_by_day_and_cold_by_night_say_nothing(town: Town) -> None:
    for hour in range(500):
        reads(town, hour, 12.9 + 1.2 * sin(2 * pi * hour / 24))
    assert states(town) == []


def test_one_low_reading_says_nothing(town: Town) -> None:
    for hour in range(48):
        reads(town, hour, 0.5 if hour == 40 else 3.6)
    assert states(town) == []


def test_a_low_battery_is_said_again_until_its_sensor_is_silent_for_long(town: Town) -> None:
    for hour in range(100):
        reads(town, hour, 3.6 if hour < 20 else 3.0)
    town.pass_to(MIDNIGHT + 400 * HOUR)
    words = [each for each in town.of(Signal) if each.kind == "waste.battery_low"]
    assert words[-1].state.value == "changed"
    assert MIDNIGHT + 145 * HOUR < words[-1].said_at < MIDNIGHT + 149 * HOUR


def test_a_late_reading_changes_nothing(town: Town) -> None:
    for hour in range(48):
        reads(town, hour, 3.6)
    before = dict(town.parts)["battery/T1/T1.battery"]
    told = measured(Quantity.BATTERY, "T1", 1.0, MIDNIGHT + 46.5 * HOUR, sensor="T1.battery", after=HOUR)
    town.tell(told)
    assert town.parts["battery/T1/T1.battery"] == before
