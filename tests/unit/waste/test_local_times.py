"""Local times at the door: what a written time means where clocks are changed twice a year."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talaia.waste.ingest.local_time import LocalTimes, NoSuchTime

MADRID = ZoneInfo("Europe/Madrid")
AUTUMN = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)  # 01:30 local; at 03:00 clocks go back to 02:00
SPRING = datetime(2026, 3, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize("interval_min", [1, 5, 15])
@pytest.mark.parametrize("start", [AUTUMN, SPRING])
def test_a_table_in_order_keeps_its_moments_over_a_change_of_the_clocks(start: datetime, interval_min: int) -> None:
    moments = [start + timedelta(minutes=n * interval_min) for n in range(240 // interval_min)]
    local = LocalTimes(MADRID)
    written = [moment.astimezone(MADRID).replace(tzinfo=None).isoformat() for moment in moments]
    assert [local.moment("tag", each) for each in written] == moments


def test_each_tag_has_an_order_of_its_own() -> None:
    local = LocalTimes(MADRID)
    for tag in ("a", "b"):
        times = [local.moment(tag, f"2026-10-25T02:{minute:02}:00") for minute in (0, 30, 0, 30)]
        assert times == [AUTUMN + timedelta(minutes=30 * n) for n in range(1, 5)]


def test_a_time_said_again_in_the_hour_that_comes_twice_is_a_duplicate() -> None:
    local = LocalTimes(MADRID)
    assert local.moment("tag", "2026-10-25T02:30:00") == local.moment("tag", "2026-10-25T02:30:00")


def test_a_tag_that_begins_in_the_hour_that_comes_twice_is_taken_for_the_first() -> None:
    assert LocalTimes(MADRID).moment("tag", "2026-10-25T02:30:00") == AUTUMN + timedelta(hours=1)


def test_a_time_that_clocks_skipped_is_none() -> None:
    with pytest.raises(NoSuchTime, match=r"2026-03-29T02:30:00 was never shown in Europe/Madrid"):
        LocalTimes(MADRID).moment("tag", "2026-03-29 02:30:00")


def test_a_time_without_offset_needs_a_zone_and_one_with_it_none() -> None:
    local = LocalTimes(None)
    assert local.moment("tag", "2026-03-01T02:00:00+02:00") == datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(NoSuchTime, match="name the zone"):
        local.moment("tag", "2026-03-01T02:00:00")


def test_a_format_of_the_table_is_followed() -> None:
    local = LocalTimes(MADRID, "%d/%m/%Y %H:%M")
    assert local.moment("tag", "02/03/2026 01:00") == datetime(2026, 3, 2, tzinfo=UTC)


@given(st.text(max_size=30) | st.datetimes().map(str))
def test_whatever_is_written_is_a_moment_or_told_to_be_none(written: str) -> None:
    try:
        assert LocalTimes(MADRID).moment("tag", written).tzinfo is UTC
    except NoSuchTime as why:
        assert str(why)
