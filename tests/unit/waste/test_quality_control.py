"""Quality control of readings: range, gap, flat line, spike."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, TANK, Town, measured
from talaia.contracts.vocabulary import Flag, Quantity
from talaia.waste.decide.quality.gap import usual_interval_s
from talaia.waste.decide.quality.judge import judge
from talaia.waste.decide.quality.known import Known, of_sensor
from talaia.waste.model.outcomes import Reading
from talaia.waste.model.parts import Marks, Sensor
from talaia.waste.model.policy import QualityPolicy

POLICY = QualityPolicy()
GOOD = (1, None)
WAITS = (2, "rate")
SPIKE = (3, "spike")


def wobble(n: int) -> float:
    """A calm level with the noise of a real sensor."""
    return 1.0 + 0.008 * math.sin(7.3 * n)


@pytest.fixture
def town() -> Town:
    return Town().configured()


def test_calm_levels_are_good(town: Town) -> None:
    town.levels(wobble(n) for n in range(50))
    assert set(town.flags().values()) == {GOOD}


def test_a_jump_waits_for_the_next_sample(town: Town) -> None:
    after = town.levels([1.0, 1.01, 1.0])
    town.level(2.5, after)
    assert town.flags()[after] == WAITS


@pytest.mark.parametrize("height", [-0.9, 0.5, 3.0])
def test_a_lone_sample_that_sticks_out_is_a_spike_once_the_next_is_known(town: Town, height: float) -> None:
    spike = town.levels([1.0, 1.01, 1.0])
    town.level(1.0 + height, spike)
    town.level(1.01, spike + 5)
    assert town.flags()[spike] == SPIKE
    assert town.flags()[spike + 5] == GOOD


def test_a_jump_that_the_next_sample_confirms_is_good(town: Town) -> None:
    jump = town.levels([1.0, 1.01, 1.0])
    town.level(2.5, jump)
    town.level(2.52, jump + 5)
    assert town.flags()[jump] == GOOD
    assert town.flags()[jump + 5] == GOOD


def test_the_peak_of_a_storm_wave_is_no_spike(town: Town) -> None:
    town.levels([0.07, 0.08, 0.45, 0.92, 0.7, 0.3, 0.2, 0.15], site="CSO1")
    assert SPIKE not in town.flags("CSO1").values()


@settings(max_examples=20)
@given(
    rises=st.lists(st.floats(0, 2), min_size=3, max_size=40),
    quiet=st.integers(0, 10),
)
def test_a_rise_however_steep_is_never_called_a_spike(rises: list[float], quiet: int) -> None:
    town = Town().configured()
    level, levels = 0.1, [0.1] * quiet
    for rise in rises:
        level += rise
        levels.append(min(level, 9.9))
    town.levels(levels)
    assert SPIKE not in town.flags().values()


@settings(max_examples=20)
@given(spike=st.floats(0.4, 3.0), place=st.integers(10, 35))
def test_a_spike_in_calm_water_is_always_found(spike: float, place: int) -> None:
    town = Town().configured()
    town.levels(wobble(n) + (spike if n == place else 0) for n in range(40))
    assert [minute for minute, flag in town.flags().items() if flag == SPIKE] == [5 + 5 * place]


def test_a_judgement_that_changes_is_said_again_of_the_same_measurement(town: Town) -> None:
    spike = town.levels([1.0, 1.01, 1.0])
    town.level(3.0, spike, id="the spike")
    town.level(1.0, spike + 5)
    said = [each for each in town.of(Reading) if each.measurement.id == "the spike"]
    assert [(each.flag, each.again) for each in said] == [(Flag.NOT_EVALUATED, False), (Flag.SUSPECT, True)]


@pytest.mark.parametrize(("value", "flag"), [(-0.6, 4), (-0.4, 1), (9.9, 1), (10.1, 4)])
def test_a_level_outside_what_the_site_can_have_has_failed(town: Town, value: float, flag: int) -> None:
    town.level(value, 5)
    assert town.flags()[5][0] == flag


@pytest.mark.parametrize(("value", "flag"), [(-0.1, 4), (0.0, 1), (12.0, 1), (51.0, 4)])
def test_rain_outside_what_can_fall_has_failed(town: Town, value: float, flag: int) -> None:
    town.rain(value, 5)
    assert town.flags("RG1")[5][0] == flag


def test_every_quantity_has_a_range() -> None:
    assert all(known.low < known.high for known in (of_sensor(quantity, "", TANK, POLICY) for quantity in Quantity))


def test_a_reading_that_its_own_sensor_doubts_is_suspect(town: Town) -> None:
    town.level(1.0, 5, quality="uncertain")
    assert town.flags()[5] == (3, "sensor")


def test_a_failed_sample_is_no_neighbour_of_the_next(town: Town) -> None:
    after = town.levels([1.0, 1.01, 1.0])
    town.level(99.0, after)
    town.level(1.01, after + 5)
    assert town.flags()[after + 5] == GOOD


def test_a_sensor_that_does_not_change_for_three_hours_is_flat(town: Town) -> None:
    start = town.levels(wobble(n) for n in range(12))
    end = town.levels([1.2345] * 40, start)
    flat = [minute for minute, flag in town.flags().items() if flag == (3, "flat")]
    assert flat == list(range(int(start) + 180, int(end), 5))


def test_standing_still_is_not_counted_through_a_silence(town: Town) -> None:
    town.levels([1.0, 1.0, 1.0])
    town.levels([1.0, 1.0, 1.0], 600)
    assert (3, "flat") not in town.flags().values()


def test_a_flat_line_ends_with_the_first_change(town: Town) -> None:
    start = town.levels(wobble(n) for n in range(12))
    end = town.levels([1.0] * 40, start)
    town.level(1.01, end)
    assert town.flags()[end] == GOOD


def test_a_sensor_used_to_stand_still_gets_as_much_time_as_its_habit_says(town: Town) -> None:
    minute: float = 5
    for spell in range(12):
        minute = town.levels([0.05 + 0.01 * (spell % 2)] * 30, minute)
    still = town.levels([0.1] * 150, minute)
    assert (3, "flat") not in town.flags().values()
    town.levels([0.1] * 200, still)
    assert (3, "flat") in town.flags().values()


def test_one_flat_fault_does_not_teach_a_lively_sensor_to_be_quiet(town: Town) -> None:
    start = town.levels(0.05 + 0.008 * math.sin(7.3 * n) for n in range(100))
    for _ in range(2):
        still = town.levels([0.06] * 40, start)
        assert town.flags()[still - 5] == (3, "flat")
        start = town.levels((0.05 + 0.008 * math.sin(7.3 * n) for n in range(40)), still)


def test_the_first_sample_after_a_silence_waits_for_another(town: Town) -> None:
    silent_from = town.levels([1.0, 1.01, 1.0])
    town.level(1.02, silent_from + 60)
    assert town.flags()[silent_from + 60] == (2, "gap")
    town.level(1.01, silent_from + 65)
    assert town.flags()[silent_from + 60] == GOOD


def test_a_sensor_that_is_used_to_an_hour_is_not_silent_for_one(town: Town) -> None:
    for hour in range(1, 10):
        town.level(1.0 + 0.01 * (hour % 2), 60 * hour)
    flags = list(town.flags().values())
    assert flags[2:] == [GOOD] * 7


@given(st.lists(st.floats(1, 7200), min_size=2, max_size=50))
def test_a_sensors_usual_interval_lies_within_those_it_had(intervals: list[float]) -> None:
    sensor = Sensor()
    for interval in [0.0, *intervals]:
        sensor = Sensor(last=MIDNIGHT, interval_s=usual_interval_s(sensor, interval))
    assert min(intervals) - 1e-6 <= sensor.interval_s <= max(intervals) + 1e-6


def test_a_late_level_is_judged_between_the_neighbours_that_are_known(town: Town) -> None:
    for n in (0, 1, 2, 4, 5, 6):
        town.level(wobble(n), 5 + 5 * n)
    town.level(2.5, 20, after=20 * MINUTE)
    assert town.flags()[20] == SPIKE
    town.level(1.0, 22, after=20 * MINUTE)
    assert town.flags()[22] == GOOD


def test_a_late_level_without_known_neighbours_is_not_evaluated(town: Town) -> None:
    town.level(1.0, 60)
    town.level(1.0, 30, after=31 * MINUTE)
    assert town.flags()[30] == (2, "spike")


def test_late_levels_still_have_their_range_tested(town: Town) -> None:
    town.level(1.0, 60)
    town.level(99.0, 30, after=31 * MINUTE)
    assert town.flags()[30] == (4, "range")


@given(st.lists(st.floats(-1, 12), min_size=1, max_size=60))
def test_every_sample_is_judged_at_once_and_at_most_once_again(values: list[float]) -> None:
    sensor, told, known = Sensor(), [], Known(-0.5, 10.0)
    for n, value in enumerate(values):
        sample = measured(Quantity.LEVEL, "T1", value, MIDNIGHT + 5 * n * MINUTE)
        judgement = judge(sensor, Marks(), sample, known, sample.recorded_at, POLICY)
        sensor = judgement.sensor
        told += [] if judgement.again is None else [judgement.again[0].id]
        assert judgement.verdict.flag in Flag
        assert math.isfinite(sensor.noise)
    assert len(told) == len(set(told))


def test_flow_is_only_tested_for_its_range(town: Town) -> None:
    town.tell(measured(Quantity.FLOW, "T1", 0.2, MIDNIGHT + 5 * MINUTE))
    town.tell(measured(Quantity.FLOW, "T1", 90.0, MIDNIGHT + 10 * MINUTE))
    town.tell(measured(Quantity.FLOW, "T1", 2e6, MIDNIGHT + 15 * MINUTE))
    assert list(town.flags().values()) == [GOOD, GOOD, (4, "range")]


@pytest.mark.parametrize("pair", [(1.0, -0.7), (-0.8, 2.0), (2.5, 1.2)])
def test_two_spikes_that_contradict_each_other_are_both_found(town: Town, pair: tuple[float, float]) -> None:
    first = town.levels(wobble(n) for n in range(10))
    town.levels([1.0 + pair[0], 1.0 + pair[1], 1.0, 1.01], first)
    assert [town.flags()[first + 5 * n] for n in range(4)] == [SPIKE, SPIKE, GOOD, GOOD]


def test_while_two_jumps_contradict_each_other_only_the_newer_may_be_used(town: Town) -> None:
    first = town.levels(wobble(n) for n in range(10))
    town.levels([3.5, 2.2], first)
    assert (town.flags()[first], town.flags()[first + 5]) == (SPIKE, WAITS)


def test_a_short_wave_in_a_pipe_is_no_pair_of_spikes(town: Town) -> None:
    start = town.levels([0.10, 0.11, 0.10, 0.11, 0.10, 0.11] * 5, site="CSO1")
    town.levels([0.13, 0.9, 0.4, 0.25, 0.2, 0.15], start, site="CSO1")
    assert SPIKE not in town.flags("CSO1").values()


@pytest.mark.parametrize("height", [-0.6, 0.6])
def test_a_spike_in_a_wet_well_that_fills_and_empties_is_found(height: float) -> None:
    town = Town().configured()
    well = [1.0 + 0.12 * (n % 8 if n % 16 < 8 else 16 - n % 16 - 1) for n in range(100)]
    well[83] += height
    town.levels(well)
    assert [minute for minute, flag in town.flags().items() if flag == SPIKE] == [5 + 5 * 83]
