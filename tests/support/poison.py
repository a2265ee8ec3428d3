"""Records that no worker takes: hostile bytes, and good events spoilt in one way each."""

from datetime import timedelta

import msgspec
from support.counting import click
from talaia.stream.clock import wall_now

HOSTILE = [
    None,
    b"",
    b"\x00",
    b"\xff\xfe\xfd",
    b"{",
    b"[]",
    b"null",
    b"NaN",
    b'"text"',
    b"{}",
    b"[" * 200_000,
    b'{"a":' * 50_000,
    b'{"type":"city.talaia.test.clicks.clicked.v1"}',
    b'{"type":"city.talaia.test.clicks.unknown.v1","id":"1","source":"s"}',
    b'{"type":"city.talaia.test.clicks.clicked.v1","id":"\\u0000","source":"s"}',
    b'{"type":"city.talaia.test.clicks.clicked.v1","id":"1","source":"\\ud800"}',
    b'{"type":"city.talaia.test.clicks.clicked.v1","id":"1","source":"\\u001b[2J"}',
    b'{"source":"' + b"s" * 10_000 + b'"}',
    b'{"source":7}',
    b'{"type":7}',
    b"9" * 5_000,
    b'{"id":"' + b"x" * 900_000 + b'"}',
]


def broken(value: bytes, **changes: object) -> bytes:
    """A good event with some fields changed."""
    return msgspec.json.encode(msgspec.json.decode(value) | changes)


def poison(number: int) -> tuple[bytes, bytes | None]:
    """A bad record: key and value."""
    key = f"k{number % 50}"
    good = msgspec.json.encode(click(key, number, wall_now()).event)
    later = (wall_now() + timedelta(hours=2)).isoformat()
    choices = [
        *HOSTILE,
        good[: len(good) // 2],
        broken(good, specversion="0.3"),
        broken(good, id=""),
        broken(good, recordedtime="yesterday"),
        broken(good, recordedtime="2026-03-01T00:00:00"),
        broken(good, recordedtime=later),
        broken(good, recordedtime="9999-12-31T23:59:59-12:00"),
        broken(good, data={"number": "many"}),
        broken(good, data={"number": -1}),
        broken(good, data={"number": 666}),
        broken(good, data=[]),
    ]
    return key.encode(), choices[number % len(choices)]
