"""Conditions of sensors: what is said of one that is silent, flat, spiking or out of range, and when it is over."""

from itertools import pairwise

import pytest
from support.town import MIDNIGHT, MINUTE, TANK, Town, configuration, measured
from talaia.contracts.vocabulary import Priority, Quantity, SignalState
from talaia.waste.model.catchment import SensorSpec
from talaia.waste.model.outcomes import Alive, Evidence, Signal

LEVEL = "T1/T1.level"


def wobble(n: int) -> float:
    """A calm level with the noise of a real sensor."""
    return 1.0 + 0.008 * (n % 3)


@pytest.fixture
def town() -> Town:
    return Town().configured()


def words(town: Town, kind: str, subject: str = LEVEL) -> list[Signal]:
    """All that was said of one condition of a sensor."""
    return [each for each in town.of(Signal) if (each.kind, each.subject.id) == (f"waste.sensor_{kind}", subject)]


def states(town: Town, kind: str, subject: str = LEVEL) -> list[str]:
    """The same, by state alone."""
    return [each.state.value for each in words(town, kind, subject)]


def facts(word: Signal) -> dict[str, float | str]:
    assert isinstance(word.evidence, Evidence)
    return dict(word.evidence.facts)


def with_sensor(**known: float) -> Town:
    """A town whose tank has a sensor of which something is known."""
    spec = SensorSpec(id="T1.level", quantity=Quantity.LEVEL, **known)
    site = type(TANK)(**{name: getattr(TANK, name) for name in TANK.__struct_fields__} | {"sensors": (spec,)})
    return Town().configured(configuration(sites=(site,)))


@pytest.mark.parametrize(("every", "after"), [(5, 15), (10, 30)])
def test_a_sensor_is_silent_after_three_of_its_intervals_and_at_least_a_quarter_of_an_hour(
    town: Town, every: int, after: int
) -> None:
    for minute in range(every, 9 * every, every):
        town.level(1 + minute / 1000, minute)
    town.pass_to(MIDNIGHT + (8 * every + after) * MINUTE)
    assert states(town, "silent") == []
    town.pass_to(MIDNIGHT + (8 * every + after + 2) * MINUTE)
    assert states(town, "silent") == ["began"]


@pytest.mark.parametrize("last", range(1, 6))
def test_a_sensor_that_falls_silent_as_it_is_said_again_to_be_flat_loses_no_word_whatever_the_order_of_parts(last: int) -> None:
    town, minute = Town().configured(), 0
    while not states(town, "flat"):
        town.level(3.0, minute)
        minute += 5
    town.level(3.0, minute - 5 + last)
    orders = [town.restarted(reverse=reverse) for reverse in (False, True)]
    for each in orders:
        each.pass_to(town.now + 60 * MINUTE)
        for kind, first in (("flat", 2), ("silent", 1)):
            numbers = [word.sequence for word in words(each, kind)]
            assert numbers == [*range(first, first + len(numbers))]
    assert orders[0].said == orders[1].said


def test_silence_ends_with_the_next_reading_in_time(town: Town) -> None:
    last = town.levels(wobble(n) for n in range(10)) - 5
    town.level(1.0, last + 40, after=30 * MINUTE)
    assert states(town, "silent")[0] == "began"
    assert "ended" not in states(town, "silent")
    town.level(1.0, last + 71)
    assert states(town, "silent")[-1] == "ended"


def test_a_sensor_that_does_not_call_its_readings_good_is_as_good_as_silent(town: Town) -> None:
    last = town.levels(wobble(n) for n in range(10)) - 5
    for minute in range(int(last) + 5, int(last) + 30, 5):
        town.level(1.0, minute, quality="bad")
    assert states(town, "silent") == ["began"]


def test_a_silent_sensor_is_listed_as_open_and_its_word_is_renewed_before_it_expires(town: Town) -> None:
    last = town.levels(wobble(n) for n in range(10)) - 5
    town.pass_to(MIDNIGHT + (last + 120) * MINUTE)
    said = words(town, "silent")
    assert {each.state for each in said[1:]} == {SignalState.CHANGED}
    gaps = [after.said_at - before.said_at for before, after in pairwise(said)]
    assert max(gaps) < town.policy.signal.valid_for
    assert f"waste.sensor_silent/{LEVEL}" in town.of(Alive)[-1].open


def test_what_is_said_of_a_sensor_tells_why_and_what_to_do(town: Town) -> None:
    last = town.levels(wobble(n) for n in range(10)) - 5
    town.pass_to(MIDNIGHT + (last + 30) * MINUTE)
    (word,) = words(town, "silent")
    assert word.priority is Priority.MEDIUM
    assert word.guidance.text.startswith("Look at the neighbouring sites.")
    assert facts(word)["heard_at"] == (MIDNIGHT + last * MINUTE + 10 * (MINUTE / 60)).isoformat()
    assert facts(word)["interval_s"] == 300.0
    assert word.evidence is not None
    assert word.evidence.levels[-1].value == wobble(9)


def test_a_rain_gauge_and_a_gas_sensor_fall_silent_too(town: Town) -> None:
    for minute in range(5, 60, 5):
        town.rain(0.0, minute)
        town.tell(measured(Quantity.GAS_H2S, "T1", 1.0, MIDNIGHT + minute * MINUTE))
    town.pass_to(MIDNIGHT + 90 * MINUTE)
    assert states(town, "silent", "RG1/RG1.rainfall")[0] == "began"
    assert states(town, "silent", "T1/T1.gas_h2s")[0] == "began"
    assert words(town, "silent", "T1/T1.gas_h2s")[0].priority is Priority.LOW


def test_a_sensor_that_speaks_only_at_changes_is_not_silent_between_them(town: Town) -> None:
    minute = 0
    for gap in (50, 3, 60, 5, 2, 55, 4, 4, 4, 4):
        minute += gap
        town.tell(measured(Quantity.PUMP_RUNNING, "T1", float(gap % 2), MIDNIGHT + minute * MINUTE))
    town.pass_to(MIDNIGHT + (minute + 120) * MINUTE)
    assert states(town, "silent", "T1/T1.pump_running") == []


def test_a_configured_interval_decides_when_a_sensor_is_silent() -> None:
    town = with_sensor(interval_s=3600.0)
    last = town.levels(wobble(n) for n in range(10)) - 5
    town.pass_to(MIDNIGHT + (last + 179) * MINUTE)
    assert states(town, "silent") == []
    town.pass_to(MIDNIGHT + (last + 182) * MINUTE)
    assert states(town, "silent") == ["began"]


def test_a_configured_sensor_that_never_said_anything_is_silent() -> None:
    town = with_sensor(interval_s=300.0)
    town.pass_to(MIDNIGHT + 20 * MINUTE)
    assert states(town, "silent") == ["began"]
    town.level(1.0, 21)
    assert states(town, "silent") == ["began", "ended"]


def test_a_stuck_sensor_is_flat_until_it_moves(town: Town) -> None:
    start = town.levels(wobble(n) for n in range(12))
    end = town.levels([1.5] * 40, start)
    (began,) = [each for each in words(town, "flat") if each.state is SignalState.BEGAN]
    assert began.said_at >= MIDNIGHT + (start + 180) * MINUTE
    assert facts(began)["still_since"] == (MIDNIGHT + start * MINUTE).isoformat()
    town.level(1.51, end)
    assert states(town, "flat")[-1] == "ended"


def test_a_sensor_at_the_end_of_its_range_is_stuck_but_still_tells_how_high_the_water_is_at_least() -> None:
    town = with_sensor(low=0.0, high=3.0)
    start = town.levels(2.0 + n / 10 for n in range(10))
    end = town.levels([3.0] * 20, start)
    assert town.flags()[end - 5] == (3, "stuck")
    assert town.flags()[start + 25] != (3, "stuck")
    assert states(town, "flat")[0] == "began"
    site = town.parts["site/T1"]
    assert site.trail[-1].usable  # type: ignore[union-attr]


def test_the_flat_level_of_an_empty_tank_does_not_blind_the_forecast(town: Town) -> None:
    start = town.levels(0.1 + 0.01 * (n % 2) for n in range(12))
    end = town.levels([0.1] * 60, start)
    assert town.flags()[end - 5] == (3, "flat")
    assert town.parts["site/T1"].trail[-1].usable  # type: ignore[union-attr]


def test_a_sensor_with_many_spikes_in_a_day_is_spiking_until_they_are_few(town: Town) -> None:
    noisy = town.levels(wobble(n) + (0.8 if n % 8 == 4 else 0) for n in range(400))
    assert states(town, "spiking")[0] == "began"
    assert facts(words(town, "spiking")[0])["bad_share"] >= 0.05  # type: ignore[operator]
    town.levels((wobble(n) for n in range(600)), noisy)
    assert states(town, "spiking")[-1] == "ended"


def test_one_spike_in_a_hundred_is_not_spiking(town: Town) -> None:
    town.levels(wobble(n) + (0.8 if n % 100 == 50 else 0) for n in range(600))
    assert states(town, "spiking") == []


def test_three_samples_in_a_row_out_of_range_are_a_fault_and_one_within_ends_it(town: Town) -> None:
    minute = town.levels([1.0, 1.01, 99.0, 1.0, 99.0, 99.0])
    assert states(town, "out_of_range") == []
    minute = town.levels([99.0], minute)
    assert states(town, "out_of_range") == ["began"]
    assert facts(words(town, "out_of_range")[0])["out_of_range_in_a_row"] == 3
    town.levels([1.0], minute)
    assert states(town, "out_of_range") == ["began", "ended"]


def test_a_configured_range_goes_before_what_the_quantity_can_be() -> None:
    town = with_sensor(low=0.5, high=4.0)
    town.levels([0.4, 1.0, 1.01, 4.1])
    assert [flag for flag, _ in town.flags().values()] == [4, 1, 1, 4]


def test_conditions_of_a_sensor_outlive_a_restart(town: Town) -> None:
    last = town.levels(wobble(n) for n in range(10)) - 5
    town.pass_to(MIDNIGHT + (last + 30) * MINUTE)
    again = town.restarted()
    again.level(1.0, last + 31)
    assert states(again, "silent") == ["ended"]


def test_the_sensors_of_a_site_that_is_configured_away_have_no_conditions_left(town: Town) -> None:
    last = town.levels(wobble(n) for n in range(10)) - 5
    town.pass_to(MIDNIGHT + (last + 30) * MINUTE)
    town.configured(configuration(sites=(), version="2"))
    assert states(town, "silent") == ["began", "ended"]
