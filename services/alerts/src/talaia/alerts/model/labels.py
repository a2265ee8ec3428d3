"""Labels, as Prometheus and its Alertmanager speak of an alert: those it came with, or those that one of our alarms has."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
import re2

EXTERNAL = "external."
"""Kinds of alerts from outside: `external.<alertname>`."""
_OFFSET, _PRIME, _MASK = 0xCBF29CE484222325, 0x100000001B3, 2**64 - 1
_QUIET = re2.Options()
_QUIET.log_errors = False


class Matcher(msgspec.Struct, frozen=True):
    """What a label must be, or must not be. value: the text, or an RE2 pattern of all of it. Missing is the empty text."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fit. A pattern that cannot be read fits nothing."""
        said = labels.get(self.name, "")
        if not self.is_regex:
            return (said == self.value) is self.is_equal
        pattern = _pattern(self.value)
        return pattern is not None and (pattern.fullmatch(said) is not None) is self.is_equal

    @property
    def readable(self) -> bool:
        """Whether its pattern can be read."""
        return not self.is_regex or _pattern(self.value) is not None

    def __str__(self) -> str:
        return f'{self.name}{"=" if self.is_equal else "!"}{"~" if self.is_regex else "" if self.is_equal else "="}"{self.value}"'


def all_match(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether labels fit every matcher."""
    return all(matcher.matches(labels) for matcher in matchers)


def own_labels(*, area: str, kind: str, condition_id: str, priority: str, site: str, subject: str, source: str) -> dict[str, str]:
    """What one of our alarms is known by. alertname: its kind; severity: its priority; condition: one for each alarm."""
    return {
        "alertname": kind,
        "area": area,
        "condition": condition_id,
        "severity": priority,
        "site": site,
        "source": source,
        "subject": subject,
    }


def fingerprint(labels: Mapping[str, str]) -> str:
    """The same as Alertmanager's for the same labels: FNV-1a of 64 bits, over names and values in order of names."""
    found = _OFFSET
    for name, value in sorted(labels.items()):
        for byte in b"\xff".join((name.encode(), value.encode(), b"")):
            found = (found ^ byte) * _PRIME & _MASK
    return f"{found:016x}"


@lru_cache(maxsize=1_024)
def _pattern(text: str) -> Any | None:
    """RE2 reads a text once, whatever the pattern: nobody can stop a control room with one."""
    try:
        return re2.compile(text, _QUIET)
    except re2.error:
        return None
