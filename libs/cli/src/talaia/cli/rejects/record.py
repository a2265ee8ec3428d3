"""A reject as it stands on the bus: the original's headers, then those of an earlier redrive, then what its reader wrote."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from aiokafka import ConsumerRecord

Headers = Sequence[tuple[str, bytes]]

FACTS = ("reason", "detail", "source", "origin-topic", "origin-partition", "origin-offset", "reader", "reader-version")
REDRIVEN_FROM, REDRIVEN_REASON = "redriven-from", "redriven-reason"
_DIGITS = 18


class Redriven(NamedTuple):
    """That a record was sent again. position: where it stood among the rejects; reason: why, and who said so."""

    position: str
    reason: str


def facts(record: ConsumerRecord) -> dict[str, str]:
    """What the reader wrote of a reject. A sender may use the same header names: the last of each is the reader's."""
    headers = dict(record.headers)
    return {name: _text(headers.get(name)) for name in FACTS}


def original(record: ConsumerRecord) -> Headers | None:
    """The headers without what the reader wrote; None: no reader wrote this."""
    headers = record.headers[-len(FACTS) :]
    return record.headers[: -len(FACTS)] if tuple(name for name, _ in headers) == FACTS else None


def history(record: ConsumerRecord) -> list[Redriven]:
    """How often a record was sent again, oldest first."""
    froms = [_text(value) for name, value in record.headers if name == REDRIVEN_FROM]
    reasons = [_text(value) for name, value in record.headers if name == REDRIVEN_REASON]
    return [Redriven(*pair) for pair in zip(froms, reasons, strict=False)]


def again(record: ConsumerRecord, position: str) -> Headers:
    """The headers with which a reject is sent again from its position."""
    why = facts(record)
    reason = f"{why['reason']}: {why['detail']} ({why['reader']} {why['reader-version']})"
    return [*(original(record) or ()), (REDRIVEN_FROM, position.encode()), (REDRIVEN_REASON, reason.encode())]


def offset_of(word: str) -> int | None:
    """The offset that a word gives; None: it is none that Kafka could have."""
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= _DIGITS else None


def digest(record: ConsumerRecord) -> bytes:
    """Of key and value: by which a record is known again, whatever its headers say."""
    sum_ = blake2b(digest_size=16)
    for part in (record.key, record.value):
        sum_.update(b"-" if part is None else len(part).to_bytes(8, "big") + part)
    return sum_.digest()


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="backslashreplace")
