"""Rain gauges that count on and on, as the step takes them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, Town, measured
from talaia.contracts.vocabulary import Flag, Quantity
from talaia.waste.decide import rain
from talaia.waste.decide.slots import slot_of
from talaia.waste.model.outcomes import Reading
from talaia.waste.model.parts import CatchmentPart


def count(town: Town, total_mm: float, minute: float, **how: object) -> None:
    """A count at so many minutes after midnight."""
    town.tell(measured(Quantity.RAINFALL_TOTAL, "RG1", total_mm, MIDNIGHT + minute * MINUTE, **how))  # type: ignore[arg-type]


def fallen(town: Town) -> list[float]:
    """What fell at the gauge by slot, up to now."""
    catchment = town.parts["catchment"]
    assert isinstance(catchment, CatchmentPart)
    view = rain.look(town.parts, catchment, slot_of(town.now), town.policy)
    return [round(mm, 6) for mm in view.windows[view.row["RG1"]].tolist() if mm]


def last(town: Town) -> Reading:
    return town.of(Reading)[-1]


def test_what_fell_is_the_difference_of_two_counts_over_a_restart_too() -> None:
    town = Town().configured()
    count(town, 812.0, 5)
    count(town, 812.4, 10)
    town = town.restarted()
    count(town, 813.0, 15)
    assert fallen(town) == [0.4, 0.6]
    assert (last(town).measurement.quantity, last(town).measurement.value) == (Quantity.RAINFALL, pytest.approx(0.6))


def test_of_the_first_count_nothing_is_known_to_have_fallen() -> None:
    town = Town().configured()
    count(town, 812.0, 5)
    assert fallen(town) == []
    assert (last(town).measurement.quantity, last(town).flag) == (Quantity.RAINFALL_TOTAL, Flag.GOOD)


def test_a_count_that_began_anew_tells_what_fell_since_then() -> None:
    town = Town().configured()
    for minute, total in ((5, 812.0), (10, 0.2), (15, 0.8)):
        count(town, total, minute)
    assert fallen(town) == [0.2, 0.6]


def test_a_count_that_never_came_is_in_the_next() -> None:
    town = Town().configured()
    for minute, total in ((5, 1.0), (20, 1.9)):
        count(town, total, minute)
    assert fallen(town) == [0.9]


def test_after_a_long_silence_nobody_knows_when_it_fell() -> None:
    town = Town().configured()
    for minute, total in ((5, 1.0), (90, 31.0), (95, 31.5)):
        count(town, total, minute)
    assert fallen(town) == [0.5]


def test_a_count_from_which_more_fell_than_can_is_not_believed() -> None:
    town = Town().configured()
    for minute, total in ((5, 800.0), (10, 65_535.0), (15, 800.4)):
        count(town, total, minute)
    assert fallen(town) == [0.4]
    assert [each.flag for each in town.of(Reading)] == [Flag.GOOD, Flag.FAIL, Flag.GOOD]


def test_a_count_that_its_sensor_does_not_call_good_counts_for_nothing() -> None:
    town = Town().configured()
    count(town, 1.0, 5)
    count(town, 9.0, 10, quality="bad")
    count(town, 1.5, 15)
    assert fallen(town) == [0.5]


@given(st.lists(st.floats(0, 5), min_size=2, max_size=8), st.sets(st.integers(1, 7)))
def test_late_counts_change_nothing(depths: list[float], late: set[int]) -> None:
    with_late, without = Town().configured(), Town().configured()
    total, waiting = 0.0, []
    for n, depth in enumerate(depths):
        total += depth
        minute = 5.0 * (n + 1)
        if n in late:
            waiting.append((total, minute))
            continue
        for town in (with_late, without):
            count(town, total, minute)
    for total_mm, minute in waiting:
        count(with_late, total_mm, minute, after=timedelta(minutes=60))
    without.pass_to(with_late.now)
    assert fallen(with_late) == fallen(without)
