"""What strangers send: bodies that no door may take in whole, nor be harmed by. After any of them the door still works.

`BODIES` are for every door that takes JSON; `measurements(good)` spoils a good measurement in every way that matters.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

JSON = "application/json"


class Body(NamedTuple):
    """One request's body, and what is wrong with it."""

    what: str
    content: bytes
    content_type: str | None = JSON


BODIES = (
    Body("empty", b""),
    Body("white space", b" \n\t "),
    Body("truncated JSON", b'{"time": "2026-'),
    Body("two documents", b"{} {}"),
    Body("NaN", b'{"value": NaN}'),
    Body("infinity", b'[{"value": -Infinity}]'),
    Body("number beyond a double", b'{"value": 1e999}'),
    Body("integer of 5,000 digits", b'{"value": ' + b"9" * 5_000 + b"}"),
    Body("nested 100,000 deep", b"[" * 100_000),
    Body("closed nesting 50,000 deep", b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    Body("lone surrogate", b'{"site": "\\ud800", "sensor": "\\udfff"}'),
    Body("control characters", b'{"site": "a\\u0000b\\u001b[2J"}'),
    Body("raw control characters", b'{"site": "a\x00b"}'),
    Body("not UTF-8", b'{"site": "\xff\xfe"}'),
    Body("UTF-16", '{"site": "T1"}'.encode("utf-16")),
    Body("byte order mark", b'\xef\xbb\xbf{"site": "T1"}'),
    Body("a number", b"7"),
    Body("a string", b'"T1"'),
    Body("null", b"null"),
    Body("list of nonsense", b'[null, 1, "a", [], {}]'),
    Body("the same key twice", b'{"site": "T1", "site": "T2"}'),
    Body("prototype", b'{"__proto__": {"admin": true}, "constructor": 1}'),
    Body("oversized", b'{"pad": "' + b"x" * 5_000_000 + b'"}'),
    Body("no content type", b"{}", None),
    Body("form", b"site=T1&value=1", "application/x-www-form-urlencoded"),
    Body("text", b"{}", "text/plain"),
    Body("XML", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "application/xml"),
    Body("content type of nonsense", b"{}", "application/json; charset=\x7f;;=,"),
)

_SPOILT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("of 1970", {"time": "1970-01-01T00:00:00Z"}),
    ("of 2099", {"time": "2099-01-01T00:00:00Z"}),
    ("of the year 1", {"time": "0001-01-01T00:00:00+14:00"}),
    ("of the last day", {"time": "9999-12-31T23:59:59-14:00"}),
    ("without a zone", {"time": "2026-01-01T00:00:00"}),
    ("with a number as time", {"time": 1_700_000_000}),
    ("in a foreign unit", {"unit": "furlong"}),
    ("in the unit of another quantity", {"unit": "mm/h"}),
    ("of an unknown quantity", {"quantity": "mood"}),
    ("with its value in words", {"value": "4.1"}),
    ("with true as value", {"value": True}),
    ("without a value", {"value": None}),
    ("of an unknown site", {"site": "Atlantis"}),
    ("of a nameless site", {"site": ""}),
    ("of a site with 100,000 letters", {"site": "x" * 100_000}),
    ("with control characters", {"sensor": "a\x00\x1b[2Jb"}),
    ("with a lone surrogate", {"sensor": "\ud800"}),
    ("with right-to-left override", {"quality": "\u202egood", "site": "\u202eT1"}),
    ("with a list as sensor", {"sensor": ["a"]}),
)


def measurements(good: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A good measurement, spoilt in one way each."""
    for what, wrong in _SPOILT:
        yield what, good | wrong


def encoded(spoilt: Any) -> bytes:
    """As JSON, lone surrogates included."""
    return json.dumps(spoilt).encode()
