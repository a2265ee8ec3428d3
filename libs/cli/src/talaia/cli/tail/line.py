"""One record as one line: of strangers' text nothing is obeyed, of personal data nothing is shown.

A restricted topic shows its envelopes and never their data; who may see that asks the service's API.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from aiokafka import ConsumerRecord

from talaia.cli.plain import plain
from talaia.cli.rejects.record import facts
from talaia.cli.withheld import WITHHELD, hides_bytes
from talaia.contracts.catalogue import Topic
from talaia.contracts.vocabulary import Access

_PERSONAL = frozenset({"acknowledged_by", "notes", "who", "text"})
_FIELD_LENGTH = 60
_SHOWN_BYTES = 200
_SHORT_TIME = 19
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def line(topic: Topic, record: ConsumerRecord) -> str:
    """For people: time, key, type, main fields."""
    if not topic.events:
        why = facts(record)
        origin = "/".join(why[name] for name in ("origin-topic", "origin-partition", "origin-offset"))
        words = [plain(record.key), f"rejected: {why['reason']}", why["detail"], f"from {why['source']}", origin]
        return "  ".join(plain(word) for word in words if word)
    event = _event(record)
    if event is None:
        return f"{plain(record.key)}  unreadable: {_bytes(topic, record)}"
    at, kind = str(event.get("time", "no time"))[:_SHORT_TIME], _kind(str(event.get("type", "no type")))
    shown = "  ".join(_fields(_shown(topic, event.get("data"))))
    return "  ".join(plain(word) for word in (at, plain(record.key), kind, shown) if word)


def whole(topic: Topic, record: ConsumerRecord) -> str:
    """For programs: place, key and event as one JSON object; of what is no event the bytes, escaped."""
    key = None if record.key is None else record.key.decode(errors="backslashreplace")
    said: dict[str, Any] = {"partition": record.partition, "offset": record.offset, "timestamp_ms": record.timestamp, "key": key}
    event = _event(record) if topic.events else None
    if not topic.events:
        said["reject"] = facts(record)
    if event is not None:
        said["event"] = event | {"data": _shown(topic, event.get("data"))}
    else:
        said["value"] = _bytes(topic, record)
    return json.dumps(said)  # ASCII: control characters are escaped


def _event(record: ConsumerRecord) -> dict[str, Any] | None:
    try:
        return _decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _shown(topic: Topic, data: Any) -> Any:
    if topic.access is Access.RESTRICTED:
        return WITHHELD
    if topic.personal_data == "none" or not isinstance(data, Mapping):
        return data
    return {name: WITHHELD if name in _PERSONAL and value else value for name, value in data.items()}


def _bytes(topic: Topic, record: ConsumerRecord) -> str:
    if hides_bytes(topic):
        return WITHHELD
    value = record.value or b""
    return plain(value[:_SHOWN_BYTES]) + (f" ... ({len(value)} bytes)" if len(value) > _SHOWN_BYTES else "")


def _kind(type_: str) -> str:
    """The last words of a type: `measured` of city.talaia.waste.measurements.measured.v1."""
    words = type_.split(".")
    return words[-2] if len(words) > 2 and words[0] == "city" else type_


def _fields(data: Any) -> Iterator[str]:
    if not isinstance(data, Mapping):
        yield f"data {data}" if data == WITHHELD else ""
        return
    for name, value in data.items():
        if isinstance(value, str | int | float) and value != "":
            yield f"{name}={str(value)[:_FIELD_LENGTH]}"
