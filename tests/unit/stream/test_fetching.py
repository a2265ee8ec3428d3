"""Fetched records come as aiokafka would deliver them, without a second object of each."""

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import READ_UNCOMMITTED, FetchResult, PartitionRecords
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st
from support.odd_batches import LZ4, with_header_name
from talaia.stream.lane.fetching import records_of
from talaia.stream.odd_batches import CUT, Batches

PLACE = TopicPartition("city", 3)


def batch(base_offset: int, kept: list[int], codec: int) -> bytes:
    """A record batch that begins at an offset, with the records that compaction kept."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 20)
    for number in kept:
        builder.append(number, 1_700_000_000_000 + number, f"k{number}".encode(), b"v" * number, [("a", b"b")] * (number % 2))
    built = bytearray(builder.build())
    built[:8] = base_offset.to_bytes(8, "big")
    return bytes(built)


def result(data: bytes, fetch_offset: int) -> FetchResult:
    state = SubscriptionState()
    state.assign_from_user({PLACE})
    assignment = state.subscription.assignment
    assignment.state_value(PLACE).seek(fetch_offset)
    records = PartitionRecords(PLACE, fetcher.MemoryRecords(data), None, fetch_offset, None, None, True, READ_UNCOMMITTED)
    return FetchResult(PLACE, assignment=assignment, partition_records=records, backoff=0)


@st.composite
def fetches(draw: st.DrawFn) -> tuple[bytes, int]:
    """Batches in a row, some thinned out by compaction, and an offset in the first from which it is read."""
    data, base = b"", draw(st.integers(0, 5))
    begin_at = []
    for length in draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)):
        kept = sorted(draw(st.sets(st.integers(0, length - 1), min_size=1)))
        data += batch(base, kept, draw(st.sampled_from([0, LZ4])))
        begin_at.append(draw(st.integers(base, base + kept[-1])))
        base += kept[-1] + 1
    return data, begin_at[0]


@given(fetches())
async def test_what_is_taken_is_what_getmany_would_deliver(fetch: tuple[bytes, int]) -> None:
    ours, theirs = result(*fetch), result(*fetch)
    taken, delivered = records_of(ours, PLACE), theirs.getall()
    assert [(r.offset, r.timestamp, r.key, r.value, tuple(r.headers)) for r in taken] == [
        (r.offset, r.timestamp, r.key, r.value, r.headers) for r in delivered
    ]
    position = [one._assignment.state_value(PLACE).position for one in (ours, theirs)]
    assert position[0] == position[1]
    assert not ours.has_more()


async def test_what_was_fetched_before_a_seek_is_not_taken() -> None:
    fetch = result(batch(0, [0, 1], 0), 0)
    fetch._assignment.state_value(PLACE).seek(7)
    assert records_of(fetch, PLACE) == []
    assert not fetch.has_more()


async def test_a_batch_whose_bytes_were_changed_on_the_way_is_refused() -> None:
    data = bytearray(batch(0, [0, 1, 2], 0))
    data[-1] ^= 1
    with pytest.raises(CorruptRecordException):
        records_of(result(bytes(data), 0), PLACE)


@pytest.mark.parametrize("codec", [0, LZ4])
async def test_a_record_whose_header_name_is_no_text_is_read_like_the_others_by_worker_and_view(codec: int) -> None:
    assert fetcher.MemoryRecords is Batches
    odd = with_header_name(b"\xff\xfe\xc3\x28", [b"first", b"second", b"third"], base_offset=1, codec=codec)
    data = batch(0, [0], codec) + odd + batch(4, [0], codec)
    taken, delivered = records_of(result(data, 0), PLACE), result(data, 0).getall()
    expected = [(0, b""), (1, b"first"), (2, b"second"), (3, b"third"), (4, b"")]
    assert [(r.offset, r.value) for r in taken] == [(r.offset, r.value) for r in delivered] == expected
    assert [tuple(r.headers) for r in taken] == [r.headers for r in delivered]
    assert taken[2].headers == [("\ufffd\ufffd\ufffd(", b"b"), ("good", None)]


@pytest.mark.parametrize("codec", [1, LZ4, 4])
async def test_a_batch_that_unfolds_beyond_all_measure_is_one_record_without_value_and_the_rest_is_read(codec: int) -> None:
    values = 8
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 30)
    for number in range(values):
        builder.append(number, 7, b"k", bytes(10_000_000), [])
    bomb = bytearray(builder.build())
    assert len(bomb) < 1_048_576
    bomb[:8] = (1).to_bytes(8, "big")
    data = batch(0, [0], 0) + bytes(bomb) + batch(values + 1, [0], 0)
    taken, delivered = records_of(result(data, 0), PLACE), result(data, 0).getall()
    assert [r.offset for r in taken] == [r.offset for r in delivered] == [0, values, values + 1]
    assert (taken[1].key, taken[1].value, [name for name, _ in taken[1].headers]) == (None, None, [CUT])


@pytest.mark.parametrize("codec", [1, 2, LZ4, 4])
async def test_a_large_batch_within_measure_is_read_whole(codec: int) -> None:
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 30)
    for number in range(6):
        builder.append(number, 7, b"k", bytes(10_000_000), [])
    assert [r.offset for r in records_of(result(bytes(builder.build()), 0), PLACE)] == list(range(6))
