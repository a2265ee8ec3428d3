"""A rejected record is put aside as far as its topic takes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.counting import CLICKS
from support.records import StandingRecord
from talaia.stream.lane.aside import kept
from talaia.stream.odd_batches import CUT

ROOM_BYTES = CLICKS.rejected.max_message_bytes * 9 // 10


def written_bytes(key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes], ...]) -> int:
    return len(key or b"") + len(value or b"") + sum(len(name.encode()) + len(word or b"") + 10 for name, word in headers)


@given(
    st.none() | st.binary(max_size=50),
    st.none() | st.binary(max_size=50),
    st.lists(st.tuples(st.text(max_size=5), st.binary(max_size=5)), max_size=3).map(tuple),
)
def test_a_record_that_its_topic_takes_is_put_aside_whole(
    key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes], ...]
) -> None:
    assert kept(StandingRecord(0, 0, key, value, headers)) == (key, value, headers)


@pytest.mark.parametrize(
    ("record", "sizes"),
    [
        (StandingRecord(0, 0, b"k", bytes(20_000_000)), b"key 1 bytes, value 20000000 bytes, 0 headers"),
        (StandingRecord(0, 0, b"k" * 20_000_000, None), b"key 20000000 bytes, value 0 bytes, 0 headers"),
        (StandingRecord(0, 0, None, b"v", (("a", bytes(20_000_000)),)), b"key 0 bytes, value 1 bytes, 1 headers"),
        (StandingRecord(0, 0, None, b"v", (("\ufffd" * 1_000_000, b""),)), b"key 0 bytes, value 1 bytes, 1 headers"),
        (StandingRecord(0, 0, None, b"v", (("", b""),) * 2_000_000), b"key 0 bytes, value 1 bytes, 2000000 headers"),
    ],
    ids=["value", "key", "header", "header name", "headers"],
)
def test_of_a_larger_one_its_beginning_is_put_aside_with_how_large_it_was(record: StandingRecord, sizes: bytes) -> None:
    key, value, headers = kept(record)
    assert headers == ((CUT, sizes),)
    assert (record.key or b"").startswith(key or b"")
    assert (record.value or b"").startswith(value or b"")
    assert (key is None, value is None) == (record.key is None, record.value is None)
    assert written_bytes(key, value, headers) < ROOM_BYTES
