"""What the fold refuses, and how."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from support.counting import CLICKS, T0, Counting, Step, Tally, click
from support.records import KEYS, PARTITION, StandingRecord, clicked, record
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding import timers as timers_module
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.parts import split_record_key
from talaia.stream.folding.records import Slice
from talaia.stream.folding.sources import OWN_KEY

TOPIC = CLICKS.name


def apply(records: list[StandingRecord], clock: Clock = Clock.REPLAY) -> Slice:
    return PartitionFold(Counting(), PARTITION, clock).apply(TOPIC, records)


def reason(one: StandingRecord, clock: Clock = Clock.REPLAY) -> str:
    (reject,) = apply([one], clock).rejects
    return reject.reason


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (clicked(0)._replace(value=None), "no_value"),
        (clicked(0)._replace(key=None), "no_key"),
        (clicked(0)._replace(key=b""), "no_key"),
        (clicked(0)._replace(key=b"x" * 70_000), "key_too_long"),
        (clicked(0)._replace(key=b"another key"), "wrong_partition"),
        (clicked(0)._replace(value=b"{"), "unreadable"),
        (clicked(0)._replace(value=b'{"type": 7}'), "schema"),
        (clicked(0, number=-1), "negative"),
        (clicked(0, number=666), "failed"),
        (clicked(0)._replace(value=bytes(20_000_000)), "too_long"),
        (clicked(0, pad="x" * 3_000_000), "too_long"),
        (clicked(0, key=KEYS[0], pad="x" * 17_000), "too_large"),
        (clicked(0, pad="\x01"), "control_character"),
    ],
)
def test_a_record_is_rejected_with_its_reason(one: StandingRecord, expected: str) -> None:
    assert reason(one) == expected


@pytest.mark.parametrize("pad", ["\\u0000", "a\\\\u001f", "\\\\"])
def test_text_that_only_names_a_control_character_is_taken(pad: str) -> None:
    assert not apply([clicked(0, pad=pad)]).rejects


@pytest.mark.parametrize("pad", ["\\\x00", "\\\\\x1f"])
def test_a_control_character_after_a_backslash_is_seen(pad: str) -> None:
    assert reason(clicked(0, pad=pad)) == "control_character"


def test_a_reject_keeps_the_record_and_names_its_source() -> None:
    one = clicked(0, number=-1)
    (reject,) = apply([one]).rejects
    assert (reject.record, reject.topic, reject.source) == (one, TOPIC, "finger")


def test_a_reject_does_not_repeat_what_the_sender_wrote() -> None:
    secret = "Maria Puig, +34 600 000 000" * 1000
    value = msgspec.json.encode({"type": secret, "id": "1"})
    (reject,) = apply([clicked(0)._replace(value=value)]).rejects
    assert "Puig" not in reject.detail
    assert len(reject.detail) <= 200


def test_a_failure_of_the_service_is_told_by_place_and_changes_nothing() -> None:
    cut = apply([clicked(0, number=666)])
    assert cut.rejects[0].detail.startswith("ZeroDivisionError in counting.py:")
    assert [split_record_key(key)[0] for key in cut.changed] == [OWN_KEY]


def test_an_event_from_the_future_is_rejected_by_the_wall_only() -> None:
    ahead = clicked(0, at=T0 + timedelta(seconds=61))._replace(timestamp=int(T0.timestamp() * 1000))
    assert reason(ahead, Clock.WALL) == "recorded_in_the_future"
    assert not apply([ahead], Clock.REPLAY).rejects


def test_a_recorded_time_at_the_end_of_all_time_is_rejected_or_counted_but_stops_nothing() -> None:
    far = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(-timedelta(hours=12)))
    cut = apply([record(0, click(KEYS[0], 1, far)), clicked(1)])
    assert [reject.reason for reject in cut.rejects] == ["schema"]
    assert cut.progress.offsets == {TOPIC: 1}


def test_the_clock_is_kept_in_utc_whatever_the_zone_of_the_sender() -> None:
    local = T0.astimezone(timezone(timedelta(hours=2)))
    assert apply([clicked(0, at=local)]).progress.clock.tzinfo is UTC


def test_a_service_that_wakes_itself_for_ever_is_stopped() -> None:
    class Restless(Counting):
        def on_wake(self, key: str, parts: Any, names: tuple[str, ...], now: datetime) -> Step:
            return Step({}, (), dict.fromkeys(names, now))

    fold = PartitionFold(Restless(), PARTITION, Clock.REPLAY)
    with pytest.raises(RuntimeError, match="timer"):
        fold.apply(TOPIC, [clicked(0), clicked(1, at=T0 + timedelta(minutes=1))])


@dataclass(frozen=True)
class _Answer:
    changed: dict[str, Any]
    wakes: dict[str, datetime | None] = field(default_factory=dict)
    outcomes: tuple[Any, ...] = ()


class Twins(Counting):
    """Two parts of each key, woken at the same instant; the second event ends one of them."""

    def __init__(self) -> None:
        self.woken: list[tuple[str, ...]] = []

    def on_event(self, key: str, parts: Any, event: Any, now: datetime) -> Any:
        if parts:
            return _Answer({"b": None})
        due = now + timedelta(seconds=1)
        return _Answer({"b": Tally(), "a": Tally()}, {"b": due, "a": due})

    def on_wake(self, key: str, parts: Any, names: tuple[str, ...], now: datetime) -> Any:
        self.woken.append(names)
        return _Answer({})


def test_parts_of_one_key_due_at_one_instant_are_woken_together() -> None:
    twins = Twins()
    PartitionFold(twins, PARTITION, Clock.REPLAY).apply(TOPIC, [clicked(0), clicked(1, KEYS[1], at=T0 + timedelta(seconds=1))])
    assert twins.woken == [("a", "b")]


def test_a_part_that_ended_is_a_tombstone_and_is_woken_no_more() -> None:
    twins = Twins()
    fold = PartitionFold(twins, PARTITION, Clock.REPLAY)
    cut = fold.apply(TOPIC, [clicked(0), clicked(1), clicked(2, KEYS[1], at=T0 + timedelta(minutes=1))])
    assert twins.woken == [
        ("a",),
    ]
    assert [key for key, value in cut.changed.items() if value is None and key.endswith(b"b")]


def test_keys_that_are_refused_leave_no_trace_in_memory() -> None:
    fold = PartitionFold(Counting(), PARTITION, Clock.REPLAY)
    fold.apply(TOPIC, [clicked(offset, KEYS[offset % 6], number=-1) for offset in range(100)])
    assert list(fold.state.keys) == [OWN_KEY]


def test_timers_set_again_and_again_do_not_pile_up() -> None:
    fold = PartitionFold(Counting(), PARTITION, Clock.REPLAY)
    for offset in range(20_000):
        fold.apply(TOPIC, [clicked(offset, KEYS[offset % 6], at=T0 + timedelta(milliseconds=offset / 10))])
    assert len(fold.state.timers.heap) <= timers_module._SMALL + 1


def test_a_slice_says_how_far_it_came_when_all_was_known() -> None:
    fold = PartitionFold(Counting(), PARTITION, Clock.REPLAY)
    records = [clicked(0), clicked(1)]
    fold.apply(TOPIC, records)
    again = fold.apply(TOPIC, records)
    assert (again.taken, again.skipped, again.changed) == (2, 2, {})


def test_the_clock_never_stands_before_1970_so_that_a_service_may_reckon_back_from_it() -> None:
    fold = PartitionFold(Counting(), PARTITION, Clock.REPLAY)
    fold.apply(TOPIC, [clicked(0, at=datetime(1, 1, 1, tzinfo=UTC))])
    assert fold.clock == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("clock", Clock)
def test_what_was_recorded_at_the_end_of_the_calendar_is_rejected_whatever_the_clock(clock: Clock) -> None:
    assert reason(clicked(0, at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC)), clock) == "recorded_in_the_future"


def test_a_first_word_from_1970_is_taken_at_most_thirty_days_before_the_broker_s_time() -> None:
    fold = PartitionFold(Counting(), PARTITION, Clock.WALL)
    old = clicked(0, at=datetime(1970, 1, 2, tzinfo=UTC))._replace(timestamp=round(T0.timestamp() * 1000))
    assert not fold.apply(TOPIC, [old]).rejects
    assert fold.clock == T0 - timedelta(days=30)
