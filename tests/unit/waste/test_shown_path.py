"""A forecast path as it is shown: from the last good level on."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talaia.waste.model.path import NO_PATH, Path
from talaia.waste.worker.translate.path import forecast_points

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEVELS = st.floats(0, 5, allow_subnormal=False)


def path(levels: list[float], start: float, seen: float) -> Path:
    times = tuple(NOON + timedelta(minutes=5 * n) for n in range(1, len(levels) + 1))
    return Path(times, tuple(levels), ((0.1, 0.1),) * len(levels), 5.0, 5.25, NOON, start, seen)


@pytest.mark.parametrize(
    ("levels", "start", "seen", "shown"),
    [
        ([2.2, 2.4, 2.6, 2.8], 2.0, 2.5, [2.5, 2.5, 2.6, 2.8]),
        ([2.2, 2.1, 2.4, 2.6], 2.4, 2.0, [2.0, 2.0, 2.0, 2.6]),
        ([2.6, 2.7, 2.8, 2.9], 2.0, 2.5, [2.6, 2.7, 2.8, 2.9]),
        ([1.9, 1.8, 2.2, 2.6], 2.0, 2.1, [1.9, 1.8, 2.2, 2.6]),
        ([2.2, 2.3, 2.3, 2.3], 2.0, 2.5, [2.5, 2.5, 2.5, 2.5]),
    ],
    ids=["a rise", "a fall that turns", "ahead already", "a fall after a rise", "a rise that ends"],
)
def test_steps_that_lead_to_where_the_level_has_been_stand_at_it(
    levels: list[float], start: float, seen: float, shown: list[float]
) -> None:
    assert path(levels, start, seen).shown_m() == shown


@given(st.lists(LEVELS, min_size=1, max_size=12), LEVELS, LEVELS)
def test_a_path_that_rises_from_where_it_starts_never_dips_under_a_level_seen_ahead(
    levels: list[float], start: float, more: float
) -> None:
    rising, seen = sorted(start + level for level in levels), start + more
    shown = [seen, *path(rising, start, seen).shown_m()]
    assert shown == sorted(shown)
    assert shown[1:] == [max(level, seen) for level in rising]


def test_a_forecast_shows_its_path_from_the_slots_end_on_where_the_level_is_known() -> None:
    first, second, *_ = forecast_points(path([2.2, 2.6], 2.0, 2.5))
    assert (first.time, first.level_m, first.low_m, first.high_m) == (NOON, 2.5, 2.5, 2.5)
    assert (second.time, second.level_m) == (NOON + timedelta(minutes=5), 2.5)
    assert forecast_points(NO_PATH) == []
