"""A changelog that holds what no worker wrote, or that its inputs contradict: the worker refuses, in one sentence."""

from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.counting import CLICKS, T0, Counting, Tally
from support.records import KEYS, PARTITION, clicked
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding.coverage import Held, contradiction
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.parts import PROGRESS, Codec, ForeignState, StateRefused, record_key
from talaia.stream.folding.records import Progress
from talaia.stream.folding.sources import OWN_FORMAT, OWN_KEY
from talaia.stream.lane.settling import claim_in
from talaia.stream.partitioning import partition_of

TOPIC = CLICKS.name
KEY = record_key(KEYS[0], "tally")
GOOD = Codec(Tally, 1).value(Codec(Tally, 1).new(KEY, Tally(count=3)))
HEAD = 10
OTHER_KEY = next(key for key in map(str, count()) if partition_of(key.encode(), CLICKS.partitions) != PARTITION)
DEEP = b"\x82\xa1x" + b"\x91" * 200_000 + b"\x01\xa7offsets\x80"
OWN = record_key(OWN_KEY, "gauge")
NO_WAKE = -(2**63)
WATCHED = {"records": 3, "rejects": [1, 3], "seen": 3, "total": 2, "rejected_at": T0, "area": None, "said_at": None}
IMPOSSIBLE: list[dict[str, object]] = [
    {"rejects": []},
    {"rejects": [3, 1]},
    {"rejects": [3, 4]},
    {"rejects": list(range(90)), "records": 90},
    {"records": 2**64 - 1},
    {"total": 2**64 - 1},
    {"area": "a"},
    {"said_at": T0},
    {"rejected_at": datetime(1, 1, 1, tzinfo=UTC)},
    {"rejected_at": "2026-03-01T00:00:00"},
    {"rejected_at": None},
    {"area": 7},
]


def own(changes: dict[str, object], wake: int = NO_WAKE) -> bytes:
    """A part of the bus's own: a source that is counted, changed."""
    return OWN_FORMAT.to_bytes(2, "big") + wake.to_bytes(8, "big", signed=True) + msgspec.msgpack.encode(WATCHED | changes)


def fold() -> PartitionFold:
    return PartitionFold(Counting(), PARTITION, Clock.REPLAY)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"", GOOD),
        (b"k", GOOD),
        (b"a key of another program", GOOD),
        (b"\x00\x02\xff\xfename", GOOD),
        (b"\xff\xffsomething", GOOD),
        (KEY, b""),
        (KEY, GOOD[: HEAD - 1]),
        (KEY, b'{"count": 3}'),
        (KEY, b"\x00\x00" + GOOD[2:]),
        (KEY, b"\x00\x01" + (2**62).to_bytes(8, "big") + GOOD[HEAD:]),
        (PROGRESS, None),
        (PROGRESS, b""),
        (PROGRESS, b"garbage"),
        (PROGRESS, msgspec.msgpack.encode({"offsets": {TOPIC: -7}, "clock": T0})),
        (PROGRESS, msgspec.msgpack.encode({"offsets": {TOPIC: "many"}, "clock": T0})),
        (PROGRESS, msgspec.msgpack.encode({"offsets": {TOPIC: 7}, "clock": "2026-03-01T00:00:00"})),
        (PROGRESS, DEEP),
        (PROGRESS, msgspec.msgpack.encode({"offsets": {TOPIC: 2**64 - 1}, "clock": T0})),
        (PROGRESS, msgspec.msgpack.encode({"offsets": {TOPIC: 7}, "clock": T0, "said": 2**63})),
        (PROGRESS, msgspec.msgpack.encode({"offsets": {}, "clock": datetime(9999, 12, 31, tzinfo=UTC)})),
        (PROGRESS, msgspec.msgpack.encode({"offsets": {}, "clock": datetime(1, 1, 1, tzinfo=UTC)})),
        (KEY, GOOD + bytes(20_000)),
        (KEY, b"\x00\x01" + (-(2**62)).to_bytes(8, "big", signed=True) + GOOD[HEAD:]),
        (KEY, b"\x00\x01" + (-1).to_bytes(8, "big", signed=True) + GOOD[HEAD:]),
        (record_key(OTHER_KEY, "tally"), GOOD),
        (OWN, GOOD),
        *((OWN, own(changes)) for changes in IMPOSSIBLE),
        (OWN, own({"area": "a", "said_at": T0})),
    ],
)
def test_a_record_that_no_worker_wrote_is_refused_with_what_to_do(key: bytes, value: bytes | None) -> None:
    with pytest.raises(ForeignState, match="which no worker wrote: end who writes there, delete the changelog"):
        fold().restore(key, value)


def test_a_counted_source_that_a_worker_wrote_is_taken() -> None:
    restored, wake = fold(), (T0 - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    restored.restore(OWN, own({}))
    restored.restore(OWN, own({"area": "a", "said_at": T0}, wake))
    assert set(restored.state.sources.counted) == {"gauge"}


@pytest.mark.parametrize("value", [b"", b"garbage", DEEP, msgspec.msgpack.encode({"producer_id": "x"})])
def test_a_claim_that_cannot_be_read_is_refused(value: bytes) -> None:
    with pytest.raises(ForeignState, match="a claim that cannot be read"):
        claim_in(value)


@given(st.binary(max_size=300), st.none() | st.binary(max_size=300))
def test_whatever_stands_on_a_changelog_is_taken_or_refused_and_nothing_else(key: bytes, value: bytes | None) -> None:
    restored = fold()
    try:
        restored.restore(key, value)
        restored.restored()
        restored.apply(TOPIC, [clicked(10**6)])
    except StateRefused as why:
        assert "\n" not in str(why)


@given(st.integers(HEAD, len(GOOD) - 1))
def test_a_truncated_part_refuses_and_never_rejects_the_event_that_needs_it(length: int) -> None:
    restored = fold()
    restored.restore(KEY, GOOD[:length])
    restored.restore(PROGRESS, msgspec.msgpack.encode(Progress({TOPIC: 4}, T0)))
    restored.restored()
    with pytest.raises(ForeignState, match=f"part {KEYS[0]}/tally, which cannot be decoded"):
        restored.apply(TOPIC, [clicked(5)])


def test_a_part_of_another_type_refuses_when_its_timer_fires() -> None:
    restored = fold()
    due = int((T0 - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    restored.restore(KEY, b"\x00\x01" + due.to_bytes(8, "big") + msgspec.msgpack.encode(["foreign"]))
    restored.restored()
    with pytest.raises(ForeignState):
        restored.apply(TOPIC, [clicked(0, KEYS[1], at=T0 + timedelta(seconds=1))])


def test_a_word_that_would_blow_up_a_part_is_rejected_and_the_next_one_is_taken() -> None:
    cut = fold().apply(TOPIC, [clicked(0, KEYS[0]), clicked(1, KEYS[0], pad="x" * 20_000), clicked(2, KEYS[0], pad="x" * 9_000)])
    assert [(reject.record.offset, reject.reason) for reject in cut.rejects] == [(1, "too_large")]
    assert Codec(Tally, 1).part(Codec(Tally, 1).slot(KEY, cut.changed[KEY])).count == 2


COVERED = Progress({TOPIC: 41}, T0, {TOPIC: "id"})


@pytest.mark.parametrize(
    ("progress", "held", "sentence"),
    [
        (COVERED, Held("id", 0, 42), None),
        (COVERED, Held("id", 42, 42), None),
        (COVERED, Held("id", 43, 90), "begins at 43, the state wants 42 next: retention dropped 1 events"),
        (COVERED, Held("id", 0, 41), "ends at 41, the state covers 41: Kafka lost events"),
        (COVERED, Held("other", 0, 90), "was deleted and made anew"),
        (Progress({}, T0), Held("id", 500, 900), None),
        (Progress({"elsewhere": 3}, T0), Held("id", 0, 42), "elsewhere, which this worker does not read"),
        (Progress({}, T0, {"elsewhere": "id"}), Held("id", 0, 42), "elsewhere, which this worker does not read"),
    ],
)
def test_a_state_that_its_inputs_contradict_is_refused(progress: Progress, held: Held, sentence: str | None) -> None:
    why = contradiction(PARTITION, progress, {TOPIC: held})
    assert (why is None) if sentence is None else (sentence in (why or ""))
