"""Tracks of what is on or off, and the bend of a level where a pump is switched: laws."""

from datetime import timedelta
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE
from talaia.contracts.vocabulary import Flag
from talaia.waste.decide.equipment import track
from talaia.waste.decide.equipment.level_bend import bend, slope_m_per_min
from talaia.waste.decide.equipment.median import median
from talaia.waste.model.parts import Sample
from talaia.waste.model.pumps import Turn


class Seen(NamedTuple):
    """Samples, at most one a minute, in the order they came."""

    turns: list[Turn]


@st.composite
def seen(draw: st.DrawFn) -> Seen:
    minutes = draw(st.lists(st.integers(0, 200), unique=True, min_size=1, max_size=30))
    return Seen([Turn(MIDNIGHT + minute * MINUTE, draw(st.booleans())) for minute in minutes])


def noted(turns: list[Turn]) -> tuple[Turn, ...]:
    told: tuple[Turn, ...] = ()
    for turn in turns:
        told = track.noted(told, turn.time, turn.on)
    return told


@given(seen())
def test_whatever_the_order_a_track_says_what_was_seen_last_and_holds_only_what_was_seen(told: Seen) -> None:
    kept = noted(told.turns)
    assert kept[-1] == max(told.turns, key=lambda turn: turn.time)
    assert set(kept) <= set(told.turns)
    assert [turn.time for turn in kept] == sorted(turn.time for turn in kept)


@given(seen())
def test_in_order_a_track_says_of_every_sample_what_it_said(told: Seen) -> None:
    turns = sorted(told.turns, key=lambda turn: turn.time)
    kept = noted(turns)
    assert all(track.on_at(kept, turn.time) is turn.on for turn in turns)
    assert len(track.starts(kept)) <= len(track.switches(kept))


@given(seen(), st.integers(0, 29))
def test_a_sample_that_comes_twice_changes_nothing(told: Seen, which: int) -> None:
    kept = noted(told.turns)
    again = kept[which % len(kept)]
    assert track.noted(kept, again.time, not again.on) == kept


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=60))
def test_a_median_is_numpys(values: list[float]) -> None:
    assert median(np.array(values, "<f4")) == float(np.median(np.array(values, "<f4")))


@given(st.floats(0.01, 0.3), st.floats(0.05, 0.5), st.integers(3, 6), st.integers(3, 6), st.integers(-3, 3))
def test_a_switch_bends_the_level_by_the_flow_of_the_pump_and_no_spike_moves_that(
    rise: float, flow: float, before: int, after: int, spike: int
) -> None:
    levels = [(n, n * rise if n <= 0 else n * (rise - flow)) for n in range(-before, after)]
    good = {n: Sample(MIDNIGHT + n * MINUTE, level, Flag.GOOD) for n, level in levels}
    spiked = good | {spike: Sample(MIDNIGHT + spike * MINUTE, 9.0, Flag.SUSPECT)}
    trail = sorted(spiked.values(), key=lambda sample: sample.time)
    down = bend(trail, MIDNIGHT, [MIDNIGHT]).down
    assert down is None or abs(down - flow) < 1e-6


def test_a_level_that_does_not_move_at_all_has_no_slope() -> None:
    stuck = [Sample(MIDNIGHT + n * MINUTE, 1.234, Flag.GOOD) for n in range(6)]
    assert slope_m_per_min(stuck) is None


def test_how_long_it_was_on_is_added_up_from_sample_to_sample() -> None:
    kept = noted([Turn(MIDNIGHT + n * MINUTE, n in (1, 2, 5)) for n in range(8)])
    assert track.on_for(kept) == timedelta(minutes=3)
    assert track.on_at((), MIDNIGHT) is None
    assert track.since(()) is None
