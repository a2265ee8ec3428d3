"""Records of every topic as they should travel, and one of each kind that breaks its contract."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from support.examples import EVENTS, example
from talaia.contracts.alerts import Acted
from talaia.contracts.catalogue import ACTS, ALARMS, MEASUREMENTS, READINGS, Topic
from talaia.contracts.envelope import CONTENT_TYPE_HEADER, Envelope
from talaia.contracts.waste import Measured, Read
from talaia.stream.partitioning import partition_of

Headers = Sequence[tuple[str, bytes]]
SECRET = "person-4711"


class Sent(NamedTuple):
    """A record on its way; partition: where it is put."""

    topic: Topic
    key: bytes | None
    value: bytes | None
    partition: int
    headers: Headers = (CONTENT_TYPE_HEADER,)


class Planted(NamedTuple):
    """A record that breaks its contract, and the word for it."""

    reason: str
    sent: Sent


def good(topic: Topic, event: type[Envelope], now: datetime, **spoilt: Any) -> Sent:
    """The example of an event, recorded now, under the key that it tells. spoilt: fields of the envelope to be others."""
    said = json.loads(example(event)) | {"recordedtime": now.isoformat()} | spoilt
    field = topic.key_field(event)
    key = (said["data"][field] if field else topic.key).encode()
    return Sent(topic, key, json.dumps(said).encode(), partition_of(key, topic.partitions))


def all_good(now: datetime) -> list[Sent]:
    """One record of every event type; a stranger's header beside ours, a parameter in it; the end of a key."""
    sent = [good(topic, event, now) for topic, event in EVENTS]
    ended = Sent(ALARMS, b"alarm", None, partition_of(b"alarm", ALARMS.partitions), ())
    wordy = [("traceparent", b"00-1"), ("content-type", b"application/cloudevents+json; charset=UTF-8")]
    return [*sent, good(MEASUREMENTS, Measured, now)._replace(headers=wordy), ended]


def planted(now: datetime) -> list[Planted]:
    """One record of each kind that breaks a contract, its other parts good."""
    measured, read = good(MEASUREMENTS, Measured, now), good(READINGS, Read, now)
    long = measured._replace(value=(measured.value or b"") + b" " * 1_100_000)
    acted = good(ACTS, Acted, now)
    key_long, key_binary, key_odd = b"k" * 1_025, b"\xff\xfe", b"a\x07b"
    spoilt: dict[str, list[Sent]] = {
        "unreadable": [measured._replace(value=b"{"), _under(measured, key_binary)],
        "schema": [_said(acted, lambda said: said["data"].update(who=[SECRET])), _said(acted, lambda said: said.pop("source"))],
        "unknown_type": [measured._replace(value=read.value), _said(acted, lambda said: said.update(type=SECRET))],
        "no_value": [measured._replace(value=None), measured._replace(value=b"")],
        "too_long": [long],
        "no_key": [measured._replace(key=None)],
        "key_too_long": [_under(measured, key_long)],
        "control_character": [
            _said(acted, lambda said: said["data"].update(who=f"\0{SECRET}")),
            _under(measured, key_odd),
        ],
        "wrong_partition": [measured._replace(partition=(measured.partition + 1) % MEASUREMENTS.partitions)],
        "wrong_key": [_under(read, b"another site")],
        "content_type": [
            read._replace(headers=()),
            read._replace(headers=[("content-type", b"application/json")]),
            read._replace(headers=[CONTENT_TYPE_HEADER, CONTENT_TYPE_HEADER]),
        ],
        "no_order": [
            _said(read, lambda said: said.pop("sequence")),
            _said(read, lambda said: said.update(sequence="x" * 20)),
            _said(read, lambda said: said.update(cause="waste.measurements.v1")),
        ],
        "recorded_in_the_future": [good(MEASUREMENTS, Measured, now + timedelta(hours=1))],
    }
    return [Planted(reason, sent) for reason, records in spoilt.items() for sent in records]


def with_unknown_fields(now: datetime) -> list[Sent]:
    """Records of which a newer release knows more."""
    more = {"colour": 1, SECRET: 2}
    return [
        _said(good(MEASUREMENTS, Measured, now), lambda said: said["data"].update(more)),
        _said(good(ACTS, Acted, now), lambda said: said.update({SECRET.replace("-", ""): 1})),
    ]


def _under(sent: Sent, key: bytes) -> Sent:
    return sent._replace(key=key, partition=partition_of(key, sent.topic.partitions))


def _said(sent: Sent, spoil: Callable[[dict[str, Any]], Any]) -> Sent:
    said = json.loads(sent.value or b"")
    spoil(said)
    return sent._replace(value=json.dumps(said).encode())
