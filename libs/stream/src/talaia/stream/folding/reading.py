"""From a record to an event, or the reason why not: what is refused before a service sees it."""

import re
from pathlib import Path
from typing import Any

import msgspec

from talaia.contracts.catalogue import Topic
from talaia.contracts.envelope import Envelope, Tick
from talaia.stream.folding.records import Record
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Rejected

KEY_LIMIT_BYTES = 1_024
REASONS = (
    "no_value",
    "too_long",
    "no_key",
    "key_too_long",
    "wrong_partition",
    "control_character",
    "schema",
    "unreadable",
    "recorded_in_the_future",
    "too_large",
    "failed",
)
"""Why a record is rejected whatever the service; a service may add its own."""
_KNOWN_KEYS = 65_536
_DETAIL_LENGTH = 200
_BACKSLASH = ord("\\")  # `in` looks for a number ten times faster than for bytes
_SPACE = ord(" ")
_CONTROL_CHARACTER = re.compile(rb"(?<!\\)(?:\\\\)*\\u00[01][0-9a-fA-F]")  # an escaped backslash escapes nothing
_QUOTED = re.compile(r"'.*'", re.DOTALL)


class Reader:
    """Reads the records of one topic in one partition. ticks: those of its events that only say the time."""

    def __init__(self, topic: Topic, partition: int) -> None:
        union: Any = topic.events[0]
        for event in topic.events[1:]:
            union = union | event
        self._decode = msgspec.json.Decoder(union).decode
        self.ticks = frozenset(event for event in topic.events if issubclass(event, Tick))
        self._partition = partition
        self._partitions = topic.partitions
        self._most_bytes = topic.max_message_bytes
        self._keys: dict[bytes | None, str] = {}

    def read(self, record: Record) -> tuple[str, Envelope]:
        """Key and event of a record. Raises Rejected."""
        value = record.value
        if not value:
            raise Rejected("no_value", "a record needs a value")
        if len(value) > self._most_bytes:
            raise Rejected("too_long", f"the value has {len(value)} bytes, more than {self._most_bytes}")
        key = self._keys.get(record.key)
        if key is None:
            key = self.key(record.key)
        if _BACKSLASH in value and _CONTROL_CHARACTER.search(value):
            raise Rejected("control_character", "text with control characters")
        try:
            return key, self._decode(value)
        except msgspec.ValidationError as error:
            # what the sender wrote stands in quotes: it may be personal and of any length
            raise Rejected("schema", _QUOTED.sub("'...'", str(error))[:_DETAIL_LENGTH]) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Rejected("unreadable", type(error).__name__) from None

    def key(self, key: bytes | None) -> str:
        """A record's key as text. Raises Rejected."""
        if not key:
            raise Rejected("no_key", "a record needs a key")
        if len(key) > KEY_LIMIT_BYTES:
            raise Rejected("key_too_long", f"the key has {len(key)} bytes, more than {KEY_LIMIT_BYTES}")
        belongs = partition_of(key, self._partitions)
        if belongs != self._partition:
            raise Rejected("wrong_partition", f"the key belongs to partition {belongs}")
        try:
            decoded = key.decode()
        except UnicodeDecodeError as error:
            raise Rejected("unreadable", type(error).__name__) from None
        if min(key) < _SPACE:
            raise Rejected("control_character", "a key with control characters")
        if len(self._keys) >= _KNOWN_KEYS:
            self._keys.clear()
        self._keys[key] = decoded
        return decoded


def failed(error: Exception) -> Rejected:
    """What a service's failure at an event is called: what and where, never what the event said."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = f" in {Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else ""
    return Rejected("failed", type(error).__name__ + where)
