"""One record against the contract of its topic: what a worker would reject it for, and what only a reader would suffer from.

Nothing of a record is said here but where it breaks the contract; of a topic with personal data not even names.
"""

import contextlib
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from talaia.cli.plain import plain
from talaia.cli.withheld import WITHHELD
from talaia.contracts.catalogue import Cleanup, Topic
from talaia.contracts.envelope import CONTENT_TYPE_HEADER, Envelope, type_of
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding.fold import FUTURE_LIMIT
from talaia.stream.folding.reading import Reader
from talaia.stream.folding.records import BEGINNING, END, Record
from talaia.stream.odd_batches import CUT
from talaia.stream.processor import Rejected

_SHOWN_LENGTH = 80
_MOST_UNKNOWN = 20
_SEQUENCE = re.compile(r"[0-9]{20}")
_CAUSE = re.compile(r"[^/]+/[0-9]+/[0-9]+")
_LAST_MS = (END - BEGINNING) // timedelta(milliseconds=1)
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Typed(msgspec.Struct):
    type: str


_type_in = msgspec.json.Decoder(_Typed).decode
_plain_json = msgspec.json.Decoder(dict[str, Any]).decode


class Violation(NamedTuple):
    """What of the contract a record breaks. reason: a stable word; detail: a sentence that quotes nothing."""

    reason: str
    detail: str


class Found(NamedTuple):
    """What was seen of one record. unknown: fields that the contract does not name, which it allows; ahead: `recordedtime`
    minus Kafka's timestamp, None where there is none to compare.
    """

    violations: tuple[Violation, ...]
    unknown: tuple[str, ...] = ()
    ahead: timedelta | None = None


class Contract:
    """What one partition of a topic promises. In a replay (clock) nothing is judged by the wall."""

    def __init__(self, topic: Topic, partition: int, clock: Clock) -> None:
        self._topic, self._wall = topic, clock is Clock.WALL
        self._reader = Reader(topic, partition)
        self._types = frozenset(map(type_of, topic.events))
        self._key_fields = {event: topic.key_field(event) for event in topic.events}
        self._ends_keys = topic.cleanup is Cleanup.COMPACT

    def look(self, record: Record) -> Found:
        """Compare one record."""
        try:
            if record.value is None and self._ends_keys and not _is_cut(record):
                self._reader.key(record.key)
                return Found(())
            key, event = self._reader.read(record)
        except Rejected as why:
            return Found((*_content_type(record), self._rejection(record, why)))
        ahead = event.recordedtime - (BEGINNING + timedelta(milliseconds=min(record.timestamp, _LAST_MS)))
        broken = (*_content_type(record), *self._key(key, event), *self._order(event), *self._time(ahead))
        return Found(broken, self._unknown(record, event), ahead)

    def _rejection(self, record: Record, why: Rejected) -> Violation:
        if _is_cut(record):
            return Violation("too_long", "its batch unfolds to more than any reader takes")
        if why.reason == "schema":
            with contextlib.suppress(*_UNREADABLE):
                named = _type_in(record.value or b"").type
                if named not in self._types:
                    return Violation("unknown_type", f"type {self._shown(named)} is none of this topic's")
        return Violation(why.reason, why.detail)

    def _key(self, key: str, event: Envelope) -> Iterator[Violation]:
        field = self._key_fields[type(event)]
        data: Any = event.data  # type: ignore[attr-defined]  # every event has some
        if field is not None and getattr(data, field) != key:
            yield Violation("wrong_key", f"the key is not what data.{field} tells")

    def _order(self, event: Envelope) -> Iterator[Violation]:
        if self._topic.is_output:
            if event.sequence is UNSET or not _SEQUENCE.fullmatch(event.sequence):
                yield Violation("no_order", "an output needs a sequence of 20 digits")
            if event.cause is UNSET or not _CAUSE.fullmatch(event.cause):
                yield Violation("no_order", "an output needs a cause, written topic/partition/offset")

    def _time(self, ahead: timedelta) -> Iterator[Violation]:
        if self._wall and ahead > FUTURE_LIMIT:
            sentence = f"recordedtime is {ahead.total_seconds():,.0f} s after Kafka's timestamp"
            yield Violation("recorded_in_the_future", sentence)

    def _unknown(self, record: Record, event: Envelope) -> tuple[str, ...]:
        try:
            fields = islice(unknown_fields(event, _plain_json(record.value or b"")), _MOST_UNKNOWN)
            return tuple(map(self._shown, fields))
        except _UNREADABLE:  # what nobody knows is skipped by who decodes, whatever it holds
            return ("one that cannot be read",)

    def _shown(self, word: str) -> str:
        """A word of a record: whoever wrote it may have put a person in."""
        return plain(word)[:_SHOWN_LENGTH] if self._topic.personal_data == "none" else WITHHELD


def unknown_fields(read: Any, said: Any, at: str = "") -> Iterator[str]:
    """Where `said`, plain JSON, has fields that `read`, what was understood of it, does not know."""
    if isinstance(read, msgspec.Struct):
        known = dict(zip(read.__struct_encode_fields__, read.__struct_fields__, strict=True))
        for name, value in said.items():
            if name in known:
                yield from unknown_fields(getattr(read, known[name]), value, f"{at}{name}.")
            elif name != read.__struct_config__.tag_field:
                yield f"{at}{name}"
    elif isinstance(read, list):
        for inner, value in zip(read, said, strict=True):
            yield from unknown_fields(inner, value, at)
    elif isinstance(read, dict):
        for name, inner in read.items():
            yield from unknown_fields(inner, said[name], f"{at}{name}.")


def _is_cut(record: Record) -> bool:
    return any(name == CUT for name, _ in record.headers)


def _content_type(record: Record) -> Iterator[Violation]:
    if record.value is None:  # there is no content
        return
    name, wanted = CONTENT_TYPE_HEADER
    values = [value for header, value in record.headers if header == name]
    if [(value or b"").split(b";")[0].strip().lower() for value in values] != [wanted]:
        yield Violation("content_type", f"a record needs one header {name}: {wanted.decode()}")
