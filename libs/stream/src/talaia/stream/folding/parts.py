"""How parts stand on the changelog: the record's key names message key and part, its value carries format, wake and body.

The wake time stands outside the body, so that timers are rebuilt without decoding a part.
"""

import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

PROGRESS = b"\xff\xffprogress"
CLAIM = b"\xff\xffclaim"
PART_LIMIT_BYTES = 16_384

_KEY = struct.Struct(">H")
_VALUE = struct.Struct(">Hq")
_VALUE_LIMIT_BYTES = _VALUE.size + PART_LIMIT_BYTES
_NO_WAKE = -(2**63)
_LAST_FORMAT = 9_999
_SHOWN_BYTES = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class StateRefused(RuntimeError):
    """The changelog holds what must not be gone on with; the message says what, and what to do."""


class NewerState(StateRefused):
    """The state was written by a newer release, which this one cannot read."""


class ForeignState(StateRefused):
    """The state is not what a worker wrote. what: the record or part that shows it."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"its changelog holds {what}, which no worker wrote: end who writes there, delete the changelog, "
            "run `talaia topics apply`, and the state is built again from the input"
        )


class PartTooLarge(StateRefused):
    """A part outgrew its limit: a fault of the service, not of the input."""


def record_key(key: str, name: str) -> bytes:
    """Changelog key of one part of one message key."""
    encoded = key.encode()
    return _KEY.pack(len(encoded)) + encoded + name.encode()


def split_record_key(record: bytes) -> tuple[str, str]:
    """Message key and part name of a changelog key. Raises ForeignState."""
    try:
        (length,) = _KEY.unpack_from(record)
        if len(record) >= 2 + length:
            return record[2 : 2 + length].decode(), record[2 + length :].decode()
    except (struct.error, UnicodeDecodeError):
        pass
    raise ForeignState(f"a record with key {record[:_SHOWN_BYTES]!r}")


def named(record: bytes) -> str:
    """The part of a changelog key, for people: what they see of it may come from a stranger."""
    return "/".join(split_record_key(record)).encode("unicode_escape").decode()


class Slot(msgspec.Struct, eq=False, gc=False):
    """One part in memory: its changelog value until somebody reads it, the part itself from then on.

    key: of its changelog record; value: as it stands on the changelog, None when the part is newer; size_bytes: of the
    value, when there was one last.
    """

    key: bytes
    value: bytes | None
    part: Any
    wake: datetime | None
    size_bytes: int


class Codec:
    """Writes and reads the parts of one service: their formats from the oldest to that of today."""

    def __init__(self, part_type: Any, part_format: int, oldest_format: int = 1) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(part_type).decode
        self._oldest, self._format = oldest_format, part_format

    def new(self, key: bytes, part: Any) -> Slot:
        """A slot for a part that was not there before."""
        slot = Slot(key, None, part, None, 0)
        self.value(slot)
        return slot

    def fits(self, part: Any) -> bool:
        """Whether a part stays within its limit."""
        return len(self._encode(part)) <= PART_LIMIT_BYTES

    def value(self, slot: Slot) -> bytes:
        """A slot as a changelog value. Raises PartTooLarge."""
        body = self._encode(slot.part) if slot.value is None else slot.value[_VALUE.size :]
        if len(body) > PART_LIMIT_BYTES:
            size = f"{len(body)} bytes, more than {PART_LIMIT_BYTES}"
            raise PartTooLarge(f"part {named(slot.key)} has {size}: install a release that keeps it smaller")
        wake = _NO_WAKE if slot.wake is None else (slot.wake - _EPOCH) // _MICROSECOND
        slot.value = _VALUE.pack(self._format, wake) + body
        slot.size_bytes = len(slot.value)
        return slot.value

    def slot(self, key: bytes, value: bytes) -> Slot:
        """A changelog record as a slot. Raises NewerState, ForeignState."""
        written = 0
        try:
            written, wake = _VALUE.unpack_from(value)
            known = self._oldest <= written <= self._format and len(value) <= _VALUE_LIMIT_BYTES
            if known and (wake >= 0 or wake == _NO_WAKE):
                return Slot(key, value, None, None if wake == _NO_WAKE else _EPOCH + wake * _MICROSECOND, len(value))
        except (struct.error, OverflowError):
            raise ForeignState(f"a broken value of part {named(key)}") from None
        if not self._format < written <= _LAST_FORMAT:
            raise ForeignState(f"a foreign value of part {named(key)}")
        raise NewerState(
            f"the state has format {written}, this release reads up to {self._format}: "
            "start the newer release again, or delete its changelog and replay"
        )

    def part(self, slot: Slot) -> Any:
        """The slot's value, decoded once. Raises ForeignState."""
        if slot.part is None:
            try:
                slot.part = self._decode(memoryview(slot.value)[_VALUE.size :])  # type: ignore[arg-type]
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
                raise ForeignState(f"part {named(slot.key)}, which cannot be decoded") from None
        return slot.part


class Parts(Mapping[str, Any]):
    """Read-only view of the parts of one message key, by name."""

    __slots__ = ("codec", "slots")

    def __init__(self, codec: Codec) -> None:
        self.slots: dict[str, Slot] = {}
        self.codec = codec

    def __getitem__(self, name: str) -> Any:
        return self.codec.part(self.slots[name])

    def get(self, name: str, default: Any = None) -> Any:
        """The part, or `default`: without the exception that Mapping.get would cost."""
        slot = self.slots.get(name)
        if slot is None:
            return default
        return slot.part if slot.part is not None else self.codec.part(slot)

    def __contains__(self, name: object) -> bool:
        return name in self.slots

    def __iter__(self) -> Iterator[str]:
        return iter(self.slots)

    def __len__(self) -> int:
        return len(self.slots)
