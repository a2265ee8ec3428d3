"""How rain goes on: what is believed at first, what is learnt from storms of one kind, and what is kept of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from talaia.waste.decide import persistence
from talaia.waste.model.rain_policy import PersistencePolicy

POLICY = PersistencePolicy()
rain = arrays(float, (3, persistence.HISTORY), elements=st.floats(0, 20, width=32))


HEARD = np.ones(persistence.HISTORY, bool)


def after(series: np.ndarray, heard: np.ndarray | None = None) -> bytes:
    """What is learnt of rain by gauge and slot."""
    sums = b""
    known = np.ones(series.shape[1], bool) if heard is None else heard
    for end in range(persistence.HISTORY, series.shape[1] + 1):
        slots = slice(end - persistence.HISTORY, end)
        sums = persistence.learnt(sums, series[:, slots], known[slots], POLICY)
    return sums


def test_before_anything_is_learnt_the_rain_of_a_quarter_of_an_hour_halves_every_20_minutes() -> None:
    windows = np.zeros((2, persistence.HISTORY))
    windows[0, -3:] = 1.0, 3.0, 2.0
    coming = persistence.coming(b"", windows, POLICY)
    assert coming[0] == pytest.approx([2.0 * 0.5 ** ((lead + 0.5) / 4) for lead in range(12)])
    assert not coming[1].any()


def test_storms_that_end_at_once_are_learnt_to_end() -> None:
    series = np.zeros((2, 600))
    series[:, ::30] = 5.0
    windows = series[:, 7 : 7 + persistence.HISTORY]
    assert windows[0, -1] == 5.0
    assert persistence.coming(after(series), windows, POLICY).max() < 0.4


def test_rain_without_end_is_learnt_to_go_on() -> None:
    series = np.full((2, 600), 0.5)
    coming = persistence.coming(after(series), series[:, : persistence.HISTORY], POLICY)
    assert coming.min() == pytest.approx(0.5, abs=0.05)


def test_slots_of_which_no_gauge_told_do_not_teach_that_rain_ends() -> None:
    series, heard = np.zeros((2, 120)), np.ones(120, bool)
    series[:, 24:36], heard[36:] = 4.0, False
    windows = np.full((2, persistence.HISTORY), 2.0)
    believed = persistence.coming(b"", windows, POLICY)
    assert persistence.coming(after(series, heard), windows, POLICY)[0, -1] > 0.9 * believed[0, -1]


def test_a_dry_hour_before_the_last_teaches_nothing() -> None:
    windows = np.zeros((2, persistence.HISTORY))
    windows[:, persistence.HISTORY - persistence.LEADS :] = 1.0
    assert persistence.learnt(b"", windows, HEARD, POLICY) == b""


@settings(max_examples=60)
@given(st.lists(rain, max_size=6), rain)
def test_rain_to_come_is_never_less_than_none_and_what_is_kept_stays_small(before: list[np.ndarray], windows: np.ndarray) -> None:
    sums = b""
    for seen in before:
        sums = persistence.learnt(sums, seen, HEARD, POLICY)
    coming, foreseen = (of(sums, windows, POLICY) for of in (persistence.coming, persistence.foreseen))
    assert np.isfinite(coming).all() and (coming >= 0).all() and (foreseen >= 0).all()
    assert len(sums) <= 512


@given(rain, st.integers(1, 12))
def test_what_was_foreseen_of_a_slot_is_what_was_said_to_come_then(windows: np.ndarray, ago: int) -> None:
    then = np.concatenate((np.zeros((3, ago)), windows[:, : persistence.HISTORY - ago]), 1)
    said = persistence.coming(b"", then, POLICY)[:, ago - 1]
    assert persistence.foreseen(b"", windows, POLICY)[:, ago - 1] == pytest.approx(said)
