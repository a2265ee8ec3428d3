"""The door for alerts of Prometheus and its like: each becomes a signal of kind `external.<alertname>`."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from msgspec import UNSET

from talaia.alerts.model.labels import EXTERNAL, fingerprint
from talaia.contracts.alerts import Evidence, Location, Signal, Signalled
from talaia.contracts.catalogue import SIGNALS
from talaia.contracts.vocabulary import Priority, SignalState
from talaia.stream.processor import Message

MOST_LABELS, LABELS_BYTES, ANNOTATIONS_BYTES = 50, 3_000, 3_000
LONGEST_ALERTNAME, LONGEST_NAME = 150, 200
PRIORITIES = {
    Priority.CRITICAL: ("critical", "page", "emergency", "fatal"),
    Priority.HIGH: ("high", "error", "major"),
    Priority.MEDIUM: ("medium", "warning", "moderate"),
    Priority.LOW: ("low", "minor", "info", "information", "none"),
}
"""What people write as `severity`, by priority; of anything else the register decides."""
RESOLVE_TIMEOUT = timedelta(minutes=5)
"""An alert that says no end is good for so long; then it is stale, until it is said again."""
STARTS_AT, GENERATOR_URL = "startsAt", "generatorURL"
_OF = {word: priority for priority, words in PRIORITIES.items() for word in words}
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Posted(NamedTuple):
    """An alert as it was posted. starts_at, ends_at: None where it says none."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime | None
    ends_at: datetime | None
    generator_url: str


class Misfit(ValueError):
    """An alert that cannot be taken; its text says why, and what to do."""


def signal(alert: Posted, *, areas: Sequence[str], source: str, now: datetime) -> Message:
    """An alert as a signal, recorded now. Raises Misfit.

    Fires: it began, and is good until `endsAt`. Its end is over: it ended. What is said again of one that stands renews it.
    """
    _check(alert.labels)
    labels = {name: value for name, value in alert.labels.items() if value}
    over = alert.ends_at is not None and alert.ends_at <= now
    condition_id = f"{EXTERNAL}{labels['alertname']}/{fingerprint(labels)}"
    state = SignalState.ENDED if over else SignalState.BEGAN
    data = Signal(
        condition_id=condition_id,
        kind=EXTERNAL + labels["alertname"],
        subject=_first(labels, "subject", "instance", "alertname"),
        location=Location(site=_first(labels, "site", "instance", "job", "alertname")),
        state=state,
        priority=_OF.get(labels.get("severity", "").lower(), UNSET),
        expires_at=UNSET if over else alert.ends_at or now + RESOLVE_TIMEOUT,
        evidence=_evidence(alert, labels["alertname"], now),
        labels=labels,
    )
    area = area_of(labels, areas)
    signal_id = str(uuid5(NAMESPACE_URL, f"talaia:external:{area}:{source}:{condition_id}:{state}:{now.isoformat()}"))
    return Message(SIGNALS, area, Signalled(id=signal_id, source=source, time=now, recordedtime=now, data=data))


def area_of(labels: Mapping[str, str], areas: Sequence[str]) -> str:
    """The area that a label names, else the only one. Raises Misfit."""
    named = labels.get("area", "")
    if named in areas:
        return named
    if len(areas) == 1:
        return areas[0]
    there = f"one of {', '.join(areas)}" if areas else "there is none yet: apply a city first"
    raise Misfit(f"Name the area in the label `area`: {there}.")


def _check(labels: Mapping[str, str]) -> None:
    """Raises Misfit."""
    if not labels.get("alertname"):
        raise Misfit("An alert needs the label `alertname`: it is the kind of alarm.")
    if len(labels["alertname"]) > LONGEST_ALERTNAME:
        raise Misfit(f"`alertname` has at most {LONGEST_ALERTNAME} characters.")
    for name, value in labels.items():
        if not _LABEL.fullmatch(name) or len(name) > LONGEST_NAME:
            raise Misfit("A label's name has letters, digits and underscores, and begins with no digit.")
        if _CONTROL.search(value):
            raise Misfit(f"The label {name} holds a control character.")
    size = sum(len(word.encode(errors="replace")) for label in labels.items() for word in label)
    if len(labels) > MOST_LABELS or size > LABELS_BYTES:
        raise Misfit(f"An alert has at most {MOST_LABELS} labels, of {LABELS_BYTES} bytes together.")


def _evidence(alert: Posted, alertname: str, now: datetime) -> Evidence:
    """What came with the alert, as far as it has room: since when it fires, where that is worked out, its annotations."""
    said = {STARTS_AT: (alert.starts_at or now).isoformat(), GENERATOR_URL: alert.generator_url, **alert.annotations}
    facts: dict[str, float | str] = {}
    room = ANNOTATIONS_BYTES
    for name, value in said.items():
        kept = _CONTROL.sub(" ", value).encode(errors="replace")[: max(room, 0)].decode(errors="ignore")
        room -= len(kept.encode()) + len(name.encode())
        if kept and 0 < len(name) <= LONGEST_NAME and not _CONTROL.search(name):
            facts[name] = kept
    return Evidence(rule=alertname, rule_version="alertmanager v2", facts=facts)


def _first(labels: Mapping[str, str], *names: str) -> str:
    """The first of some labels that there is, as a name."""
    return next(labels[name] for name in names if name in labels)[:LONGEST_NAME]
