"""Laws of the fold: what comes out depends on the log alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.counting import T0, Counting
from support.records import KEYS, PARTITION, StandingRecord, clicked
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding import fold as fold_module
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.parts import PROGRESS, record_key
from talaia.stream.folding.records import Outgoing, Slice
from talaia.stream.folding.sources import OWN_KEY

TOPIC = "test.clicks.v1"
POISON = [
    None,
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"null",
    b"{}",
    b'{"type":"nobody.knows.v1"}',
    b'{"specversion":"1.0","id":"a","source":"b","type":"city.talaia.test.clicks.clicked.v1"}',
    b"[" * 100_000,
    b'{"type":"city.talaia.test.clicks.clicked.v1","id":"\\u0000"}',
]

moments = st.integers(-5, 40).map(lambda seconds: T0 + timedelta(seconds=seconds))
clicks = st.tuples(st.sampled_from(KEYS), moments, st.sampled_from([1, 2, 3, -1, 666]), st.sampled_from(["", "x" * 500]))
logs = st.lists(st.one_of(clicks, st.sampled_from(POISON)), max_size=60)


def standing(log: Sequence[object]) -> list[StandingRecord]:
    """A log with offsets."""
    records = []
    for offset, entry in enumerate(log):
        if isinstance(entry, tuple):
            key, at, number, pad = entry
            records.append(clicked(offset, key, number * 10_000 + offset if number < 600 else number, at, pad))
        else:
            records.append(StandingRecord(offset, 0, KEYS[0].encode(), entry))
    return records


class Outcome:
    """All that a fold gave, and the changelog it left."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []
        self.rejects: list[tuple[int, str, str]] = []
        self.changelog: dict[bytes, bytes] = {}

    def take(self, cut: Slice) -> None:
        self.messages += cut.messages
        self.rejects += [(reject.record.offset, reject.reason, reject.detail) for reject in cut.rejects]
        for key, value in cut.changed.items():
            if value is None:
                self.changelog.pop(key, None)
            else:
                self.changelog[key] = value
        self.progress = cut.progress

    def seen(self) -> tuple[object, ...]:
        return self.messages, self.rejects, self.changelog, self.progress


def new_fold(clock: Clock = Clock.REPLAY) -> PartitionFold:
    return PartitionFold(Counting(), PARTITION, clock)


def run(fold: PartitionFold, records: Sequence[StandingRecord], outcome: Outcome) -> Outcome:
    at = 0
    outcome.progress = fold.progress()
    while at < len(records):
        cut = fold.apply(TOPIC, records, at)
        at += cut.taken
        outcome.take(cut)
    return outcome


def restored(outcome: Outcome, clock: Clock = Clock.REPLAY) -> PartitionFold:
    """A fold that knows nothing but the changelog."""
    fold = new_fold(clock)
    for key, value in outcome.changelog.items():
        fold.restore(key, value)
    fold.restore(PROGRESS, msgspec.msgpack.encode(outcome.progress))
    fold.restored()
    return fold


@given(logs, st.integers(1, 7), st.sampled_from([1, 300, 2_000]), st.integers(1, 20))
def test_how_a_log_is_sliced_does_not_matter(log: list[object], slice_records: int, slice_bytes: int, fetched: int) -> None:
    records = standing(log)
    whole = run(new_fold(), records, Outcome())
    with pytest.MonkeyPatch.context() as limits:
        limits.setattr(fold_module, "SLICE_RECORDS", slice_records)
        limits.setattr(fold_module, "SLICE_BYTES", slice_bytes)
        sliced, fold = Outcome(), new_fold()
        for start in range(0, len(records), fetched):
            run(fold, records[start : start + fetched], sliced)
    if records:
        assert sliced.seen() == whole.seen()


@given(logs, st.data())
def test_what_is_delivered_again_changes_nothing(log: list[object], data: st.DataObject) -> None:
    records = standing(log)
    once = run(new_fold(), records, Outcome())
    fold, again = new_fold(), Outcome()
    at = 0
    while at < len(records):
        back = data.draw(st.integers(0, at))
        to = data.draw(st.integers(at + 1, len(records)))
        run(fold, records[back:to], again)
        at = to
    if records:
        assert again.seen() == once.seen()


@given(logs, st.data())
def test_a_fold_restored_from_its_changelog_continues_as_if_nothing_had_happened(log: list[object], data: st.DataObject) -> None:
    records = standing(log)
    whole = run(new_fold(), records, Outcome())
    with pytest.MonkeyPatch.context() as limits:
        limits.setattr(fold_module, "SLICE_BYTES", data.draw(st.sampled_from([1, 2_000, 3_000_000])))
        outcome, fold, at, stop = Outcome(), new_fold(), 0, data.draw(st.integers(0, 80))
        outcome.progress = fold.progress()
        while at < len(records) and stop > 0:
            cut = fold.apply(TOPIC, records[: at + 3], at)
            at, stop = at + cut.taken, stop - 1
            outcome.take(cut)
        second = restored(outcome)
        assert second.state.parts_count == fold.state.parts_count
        assert second.state.parts_bytes == fold.state.parts_bytes
        run(second, records[max(0, at - 2) :], outcome)
    if records:
        assert outcome.seen() == whole.seen()


stamped = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=12)


@given(stamped, st.data())
def test_whether_a_record_is_of_the_future_does_not_hang_on_restarts_however_the_broker_s_stamps_jump(
    log: list[tuple[int, int]], data: st.DataObject
) -> None:
    stamp_ms = round(T0.timestamp() * 1000)
    records = [
        clicked(offset, at=T0 + timedelta(seconds=at_s))._replace(timestamp=stamp_ms + 1000 * stamp_s)
        for offset, (at_s, stamp_s) in enumerate(log)
    ]
    whole = run(new_fold(Clock.WALL), records, Outcome())
    outcome, at = Outcome(), data.draw(st.integers(0, len(records)))
    run(new_fold(Clock.WALL), records[:at], outcome)
    run(restored(outcome, Clock.WALL), records[at:], outcome)
    assert outcome.seen() == whole.seen()


@given(stamped)
def test_a_replay_knows_no_stamp_of_the_broker(log: list[tuple[int, int]]) -> None:
    poison = StandingRecord(0, 0, KEYS[0].encode(), b"{}")
    records = [poison._replace(offset=n) for n in range(20)] + [clicked(20 + n, at=T0) for n, _ in enumerate(log)]
    stamps = [stamp_s for _, stamp_s in log]
    again = [one._replace(timestamp=10**12 * stamps[n % len(stamps)]) for n, one in enumerate(records)]
    assert run(new_fold(), records, Outcome()).seen() == run(new_fold(), again, Outcome()).seen()


@given(st.lists(clicks, min_size=1, max_size=30), st.lists(st.sampled_from(POISON), max_size=10), st.randoms())
def test_poison_is_rejected_and_changes_no_state(log: list[object], poison: list[bytes | None], random: Random) -> None:
    queue = standing(log)
    clean = run(new_fold(), queue, Outcome())
    places = sorted(random.sample(range(len(log) + len(poison)), len(poison)))
    mixed = []
    for offset in range(len(log) + len(poison)):
        if offset in places:
            mixed.append(StandingRecord(offset, 0, KEYS[0].encode(), poison.pop()))
        else:
            mixed.append(queue.pop(0)._replace(offset=offset))
    dirty = run(new_fold(), mixed, Outcome())
    own = record_key(OWN_KEY, "")
    assert {key: value for key, value in dirty.changelog.items() if not key.startswith(own)} == {
        key: value for key, value in clean.changelog.items() if not key.startswith(own)
    }
    assert len(dirty.messages) == len(clean.messages)
    assert [offset for offset, *_ in dirty.rejects if offset in places] == places


@given(st.lists(clicks, max_size=60))
def test_timers_fire_in_order_and_the_clock_never_goes_back(log: list[object]) -> None:
    class Watching(Counting):
        def on_wake(self, key, parts, names, now):  # type: ignore[no-untyped-def]
            woken.append((now, key))
            return super().on_wake(key, parts, names, now)

        def on_event(self, key, parts, event, now):  # type: ignore[no-untyped-def]
            clocks.append(now)
            assert all(due <= now for due, _ in woken)
            return super().on_event(key, parts, event, now)

    woken: list[tuple[datetime, str]] = []
    clocks: list[datetime] = []
    fold = PartitionFold(Watching(), PARTITION, Clock.REPLAY)
    run(fold, standing(log), Outcome())
    assert woken == sorted(woken)
    assert clocks == sorted(clocks)
    due = fold.next_due()
    assert due is None or due[0] > fold.clock


@given(logs)
def test_outputs_of_a_partition_are_numbered_upwards_without_a_tie(log: list[object]) -> None:
    outcome = run(new_fold(), standing(log), Outcome())
    numbers = [msgspec.json.decode(message.value)["sequence"] for message in outcome.messages]
    assert numbers == sorted(set(numbers))
