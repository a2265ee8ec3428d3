"""Records as a consumer would deliver them, for folding without a broker."""

from datetime import datetime
from typing import NamedTuple

import msgspec
from support.counting import PARTITIONS, T0, click
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message

PARTITION = 0
KEYS = [key for key in (f"k{n}" for n in range(100)) if partition_of(key.encode(), PARTITIONS) == PARTITION][:6]
"""Keys of the partition that tests fold."""


class StandingRecord(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


def record(offset: int, message: Message) -> StandingRecord:
    """A message as it stands on the broker, produced when it was recorded."""
    event = message.event
    produced_ms = int(event.recordedtime.timestamp() * 1000)
    return StandingRecord(offset, produced_ms, message.key.encode(), msgspec.json.encode(event))


def clicked(offset: int, key: str = KEYS[0], number: int | None = None, at: datetime = T0, pad: str = "") -> StandingRecord:
    """A click as it stands on the broker."""
    return record(offset, click(key, offset + 1000 if number is None else number, at, pad))
