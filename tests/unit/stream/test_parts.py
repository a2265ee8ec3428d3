"""How parts stand on the changelog."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.counting import Tally
from talaia.stream.folding.parts import CLAIM, PROGRESS, Codec, NewerState, Parts, PartTooLarge, record_key, split_record_key

names = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
tallies = st.builds(Tally, st.integers(0, 2**62), st.integers(0, 2**32 - 1), st.integers(0, 9), names, names)


@given(names, names)
def test_a_changelog_key_gives_back_key_and_part(key: str, name: str) -> None:
    encoded = record_key(key, name)
    assert split_record_key(encoded) == (key, name)
    assert encoded not in (PROGRESS, CLAIM)


@given(st.lists(st.tuples(names, names), unique=True, max_size=20))
def test_no_two_parts_share_a_changelog_key(parts: list[tuple[str, str]]) -> None:
    assert len({record_key(*part) for part in parts}) == len(parts)


@given(tallies, st.none() | moments)
def test_a_part_and_its_timer_survive_the_changelog(tally: Tally, wake: datetime | None) -> None:
    codec = Codec(Tally, 3)
    slot = codec.new(b"key", tally)
    slot.wake = wake
    value = codec.value(slot)
    back = codec.slot(b"key", value)
    assert (codec.part(back), back.wake) == (tally, wake)
    assert codec.value(back) == value


def test_a_newer_format_is_refused_with_a_sentence() -> None:
    value = Codec(Tally, 2).value(Codec(Tally, 2).new(b"key", Tally()))
    with pytest.raises(NewerState, match="format 2, this release reads up to 1: start the newer release again"):
        Codec(Tally, 1).slot(b"key", value)


def test_a_part_over_its_limit_is_named() -> None:
    codec = Codec(Tally, 1)
    with pytest.raises(PartTooLarge, match="k1/tally"):
        codec.value(codec.new(record_key("k1", "tally"), Tally(pad="x" * 20_000)))


def test_parts_are_read_like_a_mapping() -> None:
    codec = Codec(Tally, 1)
    parts = Parts(codec)
    parts.slots["a"] = codec.slot(b"key", codec.value(codec.new(b"key", Tally(count=7))))
    assert (dict(parts), "a" in parts, parts.get("b"), len(parts)) == ({"a": Tally(count=7)}, True, None, 1)
