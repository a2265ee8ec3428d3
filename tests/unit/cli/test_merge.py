from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talaia.cli.replay.merge import merged, shifted, span, weeks_to
from talaia.contracts import catchment, waste
from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.vocabulary import Quantity, SiteKind, Unit
from talaia.stream.processor import Message

_START = datetime(2000, 1, 1, tzinfo=UTC)
_LEVEL = waste.Measurement(site="tank", sensor="level", quantity=Quantity.LEVEL, value=1.0, unit=Unit.METRE)


def _message(minute: int, source: str = "a") -> Message:
    at = _START + timedelta(minutes=minute)
    event = waste.Measured(id=f"{source}{minute}", source=source, time=at, recordedtime=at, data=_LEVEL)
    return Message(MEASUREMENTS, "catchment", event)


_moments = st.integers(-5_000_000, 15_000_000).map(lambda minute: _START + timedelta(minutes=minute))
_recordings = st.lists(st.lists(st.integers(0, 10_000), min_size=1, max_size=20).map(sorted), min_size=1, max_size=4)


@given(_recordings, st.integers(-100, 100))
def test_recordings_are_merged_in_recorded_order_and_each_keeps_its_own_order(recordings: list[list[int]], weeks: int) -> None:
    by = timedelta(weeks=weeks)
    streams = [[_message(minute, str(number)) for minute in minutes] for number, minutes in enumerate(recordings)]
    out = list(merged([(lambda stream=stream: iter(stream), by) for stream in streams]))
    times = [message.event.recordedtime for message in out]
    assert times == sorted(times)
    for number, stream in enumerate(streams):
        assert [m.event.id for m in out if m.event.source == str(number)] == [m.event.id for m in stream]


@given(_moments, st.dates(date(1990, 1, 1), date(2030, 1, 1)))
def test_a_shift_is_of_whole_weeks_and_comes_within_four_days(first: datetime, day: date) -> None:
    by = weeks_to(first, day)
    assert by % timedelta(weeks=1) == timedelta(0)
    assert (first + by).weekday() == first.weekday()
    assert abs((first + by).date() - day) <= timedelta(days=4)


def test_a_shifted_event_keeps_its_identity_and_its_lateness() -> None:
    late = _message(5)
    late = late._replace(event=waste.Measured(id="1", source="a", time=_START, recordedtime=late.event.recordedtime, data=_LEVEL))
    moved = shifted(late, timedelta(weeks=2)).event
    assert (moved.id, moved.source) == ("1", "a")
    assert moved.time == _START + timedelta(weeks=2)
    assert moved.recordedtime - moved.time == timedelta(minutes=5)


def test_a_shifted_configuration_is_valid_from_the_shifted_time() -> None:
    site = catchment.Site(id="tank", kind=SiteKind.STORAGE_TANK, crest_m=2.0, gauge="rain")
    content = catchment.Catchment(
        catchment="c",
        area="city",
        hash="h",
        valid_from=_START,
        decided_by="test",
        gauges=[catchment.Gauge(id="rain")],
        sites=[site],
    )
    event = waste.Configured(id="1", source="a", time=_START, recordedtime=_START, data=content)
    moved = shifted(Message(MEASUREMENTS, "c", event), timedelta(weeks=1)).event
    assert isinstance(moved, waste.Configured)
    assert moved.data.valid_from == _START + timedelta(weeks=1)


def test_the_span_of_a_recording_is_its_number_of_events_and_its_ends() -> None:
    assert span(_message(n) for n in (1, 1, 7)) == (3, _START + timedelta(minutes=1), _START + timedelta(minutes=7))


def test_a_recording_whose_times_go_backwards_is_refused_with_the_event() -> None:
    with pytest.raises(ValueError, match="event a3 was recorded at"):
        span(_message(n) for n in (1, 5, 3))


def test_an_empty_recording_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no events"):
        span([])
