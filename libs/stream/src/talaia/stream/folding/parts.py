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
_NO_WAKE = -(2**63)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class NewerState(RuntimeError):
    """The state was written by a newer release, which this one cannot read."""


class PartTooLarge(RuntimeError):
    """A part outgrew its limit: a fault of the service, not of the input."""


def record_key(key: str, name: str) -> bytes:
    """Changelog key of one part of one message key."""
    encoded = key.encode()
    return _KEY.pack(len(encoded)) + encoded + name.encode()


def split_record_key(record: bytes) -> tuple[str, str]:
    """Message key and part name of a changelog key."""
    (length,) = _KEY.unpack_from(record)
    return record[2 : 2 + length].decode(), record[2 + length :].decode()


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
    """Writes and reads the parts of one service."""

    def __init__(self, part_type: Any, part_format: int) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(part_type).decode
        self._format = part_format

    def new(self, key: bytes, part: Any) -> Slot:
        """A slot for a part that was not there before."""
        slot = Slot(key, None, part, None, 0)
        self.value(slot)
        return slot

    def value(self, slot: Slot) -> bytes:
        """A slot as a changelog value. Raises PartTooLarge."""
        body = self._encode(slot.part) if slot.value is None else slot.value[_VALUE.size :]
        if len(body) > PART_LIMIT_BYTES:
            where = "/".join(split_record_key(slot.key))
            raise PartTooLarge(f"part {where} has {len(body)} bytes, more than {PART_LIMIT_BYTES}: split it")
        wake = _NO_WAKE if slot.wake is None else (slot.wake - _EPOCH) // _MICROSECOND
        slot.value = _VALUE.pack(self._format, wake) + body
        slot.size_bytes = len(slot.value)
        return slot.value

    def slot(self, key: bytes, value: bytes) -> Slot:
        """A changelog record as a slot. Raises NewerState."""
        written, wake = _VALUE.unpack_from(value)
        if written > self._format:
            raise NewerState(
                f"the state has format {written}, this release reads up to {self._format}: "
                "start the newer release again, or delete its changelog and replay"
            )
        return Slot(key, value, None, None if wake == _NO_WAKE else _EPOCH + wake * _MICROSECOND, len(value))

    def part(self, slot: Slot) -> Any:
        """The slot's value, decoded once."""
        if slot.part is None:
            slot.part = self._decode(memoryview(slot.value)[_VALUE.size :])  # type: ignore[arg-type]
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
