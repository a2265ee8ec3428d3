"""From topics to tables: alarms, silences and registers by key, the journal as a chain, acts as sent, sources as heard."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import UnsetType
from sqlmodel import Session, col, select

from talaia.alerts.view import handovers
from talaia.alerts.view.history import keep_changes
from talaia.alerts.view.importance import turn_of
from talaia.alerts.view.tables import (
    ActRow,
    AlarmChangeRow,
    AlarmRow,
    HandoverRow,
    HandoverStepRow,
    IncidentRow,
    JournalRow,
    PolicyRow,
    SilenceRow,
    SourceRow,
)
from talaia.contracts.alerts import Acted, Alarm, AlarmStands, Alive, Evidence, PolicyConfigured
from talaia.contracts.catalogue import ACTS, ALARMS, INCIDENTS, JOURNAL, SIGNALS
from talaia.contracts.envelope import sequence
from talaia.contracts.handovers import HandoverPrepared
from talaia.contracts.incidents import Incident, IncidentStands
from talaia.contracts.journal import Journalled, Transition
from talaia.contracts.silences import Silenced, Unsilenced
from talaia.contracts.vocabulary import Priority
from talaia.stream.views.rows import keep_first, keep_newest
from talaia.stream.views.view import Arrival, View

BEGINNING_OF_CHAIN = "0" * 64
NEVER_MS = 2**62
FUTURE_LIMIT = timedelta(seconds=60)
"""A source dated later than this after it was recorded is not heard: the worker rejects it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 500
_DETAIL = ("evidence", "guidance", "notes")


def project(session: Session, arrivals: Sequence[Arrival]) -> None:
    """Write the rows of some arrivals, in order; each may come twice."""
    alarms: list[dict[str, Any]] = []
    acts: list[dict[str, Any]] = []
    sources: list[dict[str, Any]] = []
    policies: list[dict[str, Any]] = []
    incidents: list[dict[str, Any]] = []
    entries: list[Arrival] = []
    prepared: list[dict[str, Any]] = []
    silences: list[dict[str, Any]] = []
    for arrival in arrivals:
        event = arrival.event
        if isinstance(event, AlarmStands):
            alarms.append(_alarm(event.data, arrival))
        elif isinstance(event, Journalled):
            entries.append(arrival)
        elif isinstance(event, IncidentStands):
            incidents.append(_incident(event.data, arrival))
        elif isinstance(event, Acted):
            acts.append({"act_id": event.id, "area": arrival.key, "document": _json(event.data)})
        elif isinstance(event, HandoverPrepared):
            prepared.append(handovers.prepared_row(event, arrival.key))
        elif isinstance(event, Silenced | Unsilenced):
            silences.append(_silence(event))
        elif isinstance(event, PolicyConfigured) and event.data.area == arrival.key:
            said = {"zone": event.data.zone, "document": _json(event.data), "position": arrival.position}
            policies.append({"area": arrival.key} | said)
        elif isinstance(event, Alive) and event.time - event.recordedtime <= FUTURE_LIMIT:
            sources.append(_source(event, arrival))
    keep_changes(session, alarms)
    keep_newest(session, AlarmRow, alarms)
    keep_newest(session, IncidentRow, incidents)
    keep_newest(session, SourceRow, sources)
    keep_newest(session, PolicyRow, policies)
    keep_first(session, ActRow, acts)
    keep_first(session, HandoverRow, prepared)
    keep_first(session, HandoverStepRow, list(_steps(entries)))
    keep_first(session, SilenceRow, silences)
    keep_first(session, JournalRow, list(_chained(session, entries)))


def _alarm(alarm: Alarm, arrival: Arrival) -> dict[str, Any]:
    domain = alarm.kind.partition(".")[0]
    whole = msgspec.to_builtins(alarm) | {"domain": domain, "figure": _figure(alarm.evidence)}
    detail = {part: whole.pop(part) for part in _DETAIL if part in whole}
    left_ms = NEVER_MS if isinstance(alarm.expected_at, UnsetType) else milliseconds(alarm.expected_at)
    return {
        "alarm_id": alarm.alarm_id,
        "area": alarm.area,
        "shown": alarm.shown,
        "priority": alarm.priority,
        "domain": domain,
        "kind": alarm.kind,
        "site": alarm.location.site,
        "incident_id": alarm.incident_id,
        "assigned_to": alarm.assigned_to or None,
        "stale": alarm.freshness == "stale",
        "words": "\n".join((alarm.title, alarm.subject, alarm.location.site, alarm.location.name, alarm.kind)).lower(),
        "version": alarm.version,
        "turn": turn_of(alarm.shown),
        "weight": Priority.CRITICAL.rank - alarm.priority.rank,
        "left_ms": left_ms,
        "newest": -milliseconds(alarm.began_at or alarm.changed_at),
        "changed_ms": milliseconds(alarm.changed_at),
        "document": _json(whole),
        "detail": _json(detail),
        "change": arrival.change,
        "position": arrival.position,
    }


def _steps(entries: Sequence[Arrival]) -> Iterator[dict[str, Any]]:
    rows = (handovers.step_row(arrival.event.data) for arrival in entries if isinstance(arrival.event, Journalled))
    return (row for row in rows if row is not None)


def _incident(incident: Incident, arrival: Arrival) -> dict[str, Any]:
    return {
        "incident_id": incident.incident_id,
        "area": incident.area,
        "opened_us": milliseconds(incident.opened_at) * 1000 + incident.opened_at.microsecond % 1000,
        "open": isinstance(incident.closed_at, UnsetType) and isinstance(incident.merged_into, UnsetType),
        "document": _json(incident),
        "position": arrival.position,
    }


def _silence(event: Silenced | Unsilenced) -> dict[str, Any]:
    return {
        "act_id": event.id,
        "silence_id": event.data.silence_id,
        "ends_ms": milliseconds(event.data.ends_at if isinstance(event, Silenced) else event.recordedtime),
        "document": _json(event.data) if isinstance(event, Silenced) else "",
    }


def _figure(evidence: Evidence | UnsetType) -> dict[str, Any] | None:
    """The one number that matters now: the newest reading in the unit of the first limit."""
    if isinstance(evidence, UnsetType):
        return None
    limit = evidence.thresholds[0] if evidence.thresholds else None
    readings = [reading for reading in evidence.readings if limit is None or reading.unit == limit.unit]
    if not readings:
        return None
    newest = max(readings, key=lambda reading: reading.time)
    return {"value": newest.value, "unit": newest.unit, "limit": limit and limit.value, "at": newest.time}


def _source(event: Alive, arrival: Arrival) -> dict[str, Any]:
    return {
        "source": event.source,
        "area": arrival.key,
        "alive_ms": milliseconds(event.time),
        "release": event.data.release,
        "open_conditions": len(event.data.open),
        "position": sequence(arrival.change),
    }


def _chained(session: Session, arrivals: Sequence[Arrival]) -> Iterator[dict[str, Any]]:
    """Entries that are new, each with the hash of the one before it in its area."""
    known = _known(session, [arrival.event.id for arrival in arrivals])
    ends: dict[str, tuple[int, str]] = {}
    for arrival in arrivals:
        event = arrival.event
        assert isinstance(event, Journalled)
        if event.id in known:
            continue
        known.add(event.id)
        number, previous = ends.get(arrival.key) or _end_of_chain(session, arrival.key)
        line = _line(event, arrival.key, number + 1, previous)
        row = _entry(event.data) | {"entry_id": event.id, "area": arrival.key, "number": number + 1, "line": line}
        row |= {"hash": hashlib.sha256(line.encode()).hexdigest(), "position": arrival.position}
        ends[arrival.key] = number + 1, row["hash"]
        yield row


def _line(event: Journalled, area: str, number: int, previous: str) -> str:
    head = {"id": event.id, "area": area, "number": number, "previous": previous}
    return _json(head | msgspec.to_builtins(event.data))


def _entry(data: Transition) -> dict[str, Any]:
    return {
        "at_us": milliseconds(data.at) * 1000 + data.at.microsecond % 1000,
        "region": data.region,
        "event": data.event,
        "came_from": data.from_,
        "went_to": data.to,
        "alarm_id": data.alarm_id,
        "cause_type": data.cause_type,
        "cause_id": data.cause_id,
        "refused": data.refused,
        "answer": data.answer,
    }


def _known(session: Session, ids: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        known.update(session.exec(select(JournalRow.entry_id).where(col(JournalRow.entry_id).in_(some))))
    return known


def _end_of_chain(session: Session, area: str) -> tuple[int, str]:
    ends = select(JournalRow.number, JournalRow.hash).where(JournalRow.area == area)
    return session.exec(ends.order_by(col(JournalRow.number).desc()).limit(1)).first() or (0, BEGINNING_OF_CHAIN)


def milliseconds(at: datetime) -> int:
    """Since 1970, UTC, rounded down; any moment has them."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _json(what: Any) -> str:
    return msgspec.json.encode(what).decode()


VIEW = View(
    name="alerts",
    tables=(
        *(AlarmRow, AlarmChangeRow, JournalRow, IncidentRow, ActRow, SilenceRow, SourceRow, PolicyRow),
        *(HandoverRow, HandoverStepRow),
    ),
    topics=(ALARMS, JOURNAL, INCIDENTS, ACTS, SIGNALS),
    dated_by=(ALARMS, JOURNAL),
    project=project,
)
