"""Matchers as Alertmanager's tools write them, and the labels by which alarms are asked for."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from talaia.alerts.model.labels import Matcher, all_match, fingerprint, own_labels

_FORM = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Matchers:
    """Matchers that must all fit. Raises ValueError for one that cannot be read."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._matchers = [_read(text) for text in texts]

    def match(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fit every one."""
        return all_match(self._matchers, labels)

    def are_among(self, known: Iterable[tuple[str, str, bool, bool]]) -> bool:
        """Whether each is one of some, which are told by their name, value, is_regex and is_equal."""
        return {Matcher(*one) for one in known}.issuperset(self._matchers)


def fits(name: str, value: str, is_regex: bool, is_equal: bool, labels: Mapping[str, str]) -> bool:
    """Whether labels fit one matcher, by its parts."""
    return Matcher(name, value, is_regex, is_equal).matches(labels)


def labels_of(alarm: Mapping[str, Any]) -> dict[str, str]:
    """Labels of an alarm as it stands on the bus: those with which it came from outside, or our own."""
    found: dict[str, str] = alarm.get("labels") or own_labels(
        area=alarm["area"],
        kind=alarm["kind"],
        condition_id=alarm["condition_id"],
        priority=alarm["priority"],
        site=alarm["location"]["site"],
        subject=alarm["subject"],
        source=alarm["source"],
    )
    return found


def mark_of(labels: Mapping[str, str]) -> str:
    """Fingerprint of labels."""
    return fingerprint(labels)


def _read(text: str) -> Matcher:
    """`name="value"`, `!=`, `=~`, `!~`; the quotes may be missing. Raises ValueError."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError('a matcher is written name="value", with = != =~ or !~ between them')
    name, operator, value = found.groups()
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = _ESCAPED.sub(lambda escaped: {"n": "\n"}.get(escaped[1], escaped[1]), value[1:-1])
    matcher = Matcher(name, value, is_regex="~" in operator, is_equal=operator[0] == "=")
    if not matcher.readable:
        raise ValueError(f"the pattern of {name} is no regular expression that RE2 can read")
    return matcher
