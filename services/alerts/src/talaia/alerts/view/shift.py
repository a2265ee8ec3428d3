"""The report of a shift: what one operator leaves to the next, put together from the view. Blocks."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlmodel import Session, col, select

from talaia.alerts.view import handovers, queries, registers
from talaia.alerts.view.importance import ShownState
from talaia.alerts.view.kpis import kpis, whole_periods
from talaia.alerts.view.report import (
    FORMAT,
    MOST,
    MOST_INCIDENT_NOTES,
    MOST_MEMBERS,
    AlarmLine,
    Ending,
    IncidentLine,
    Listed,
    PolicyChange,
    Report,
    Section,
)
from talaia.alerts.view.tables import AlarmRow, IncidentRow
from talaia.contracts.incidents import Incident
from talaia.contracts.journal import Transition
from talaia.contracts.register import Register

_UNACKNOWLEDGED = {
    ShownState.UNACKNOWLEDGED,
    ShownState.LATCHED_UNACKNOWLEDGED,
    ShownState.RETURNED_UNACKNOWLEDGED,
}
_ACKNOWLEDGED = {ShownState.ACKNOWLEDGED, ShownState.LATCHED}


class Shift(NamedTuple):
    """Whose shift it is (position None: the whole area), since when, and until when the next one lasts."""

    area: str
    position: str | None
    since: datetime
    now: datetime
    coming_until: datetime


def report(session: Session, shift: Shift, view_as_of: datetime | None) -> Report:
    """All that the next shift must know, as the view has it now."""
    found = sorted(_alarms(session, shift), key=lambda alarm: alarm.order)
    register = next(iter(registers.registers(session, shift.area)), None)
    coming = (shift.now, shift.coming_until)
    sections: dict[str, Callable[[Listed], bool]] = {
        "unacknowledged": lambda alarm: alarm.shown in _UNACKNOWLEDGED,
        "acknowledged": lambda alarm: alarm.shown in _ACKNOWLEDGED,
        "shelved": lambda alarm: alarm.shelf == "shelved",
        "out_of_service": lambda alarm: alarm.service == "out_of_service",
        "suppressed": lambda alarm: alarm.shown == ShownState.SUPPRESSED_BY_DESIGN,
        "stale": lambda alarm: alarm.freshness == "stale",
        "forecasts": lambda alarm: alarm.expected_at is not None and coming[0] <= alarm.expected_at <= coming[1],
    }
    return Report(
        format=FORMAT,
        area=shift.area,
        position=shift.position,
        zone="UTC" if register is None else register.zone,
        prepared_at=shift.now,
        view_as_of=view_as_of,
        since=shift.since,
        coming_until=shift.coming_until,
        **{name: _section(session, [alarm for alarm in found if fits(alarm)]) for name, fits in sections.items()},
        endings=sorted(_endings(found, register, coming), key=lambda ending: (ending.at, ending.condition_id))[:MOST],
        incidents=_incidents(session, shift, found),
        load=_load(session, shift),
        policy_changes=list(_policy_changes(session, shift)),
    )


def _alarms(session: Session, shift: Shift) -> Iterator[Listed]:
    rows = select(AlarmRow.document).where(AlarmRow.area == shift.area, AlarmRow.shown != ShownState.NORMAL.value)
    decode = msgspec.json.Decoder(Listed).decode
    alarms = (decode(document) for document in session.exec(rows))
    return (alarm for alarm in alarms if shift.position in (None, alarm.position))


def _section(session: Session, alarms: list[Listed]) -> Section:
    notes = _notes(session, [alarm.alarm_id for alarm in alarms[:MOST]])
    return Section(total=len(alarms), alarms=[AlarmLine.of(alarm, notes[alarm.alarm_id]) for alarm in alarms[:MOST]])


class _Detail(msgspec.Struct):
    notes: list[str] = []


def _notes(session: Session, alarm_ids: list[str]) -> dict[str, list[str]]:
    rows = queries.known(session, alarm_ids)
    return {name: msgspec.json.decode(row.detail, type=_Detail).notes for name, row in rows.items()}


def _endings(alarms: Iterable[Listed], register: Register | None, coming: tuple[datetime, datetime]) -> Iterator[Ending]:
    """What lets go by itself in the coming shift."""
    entries = register.kinds if register else []
    expires_min = {entry.kind: entry.acknowledgement_expires_min for entry in entries}
    for alarm in alarms:
        ends: dict[str, datetime | None] = {
            "shelf": alarm.shelved.until if alarm.shelved else None,
            "out_of_service_review": alarm.out_of_service.review_at if alarm.out_of_service else None,
        }
        minutes = expires_min.get(alarm.kind)
        if minutes is not None and alarm.acknowledged_at is not None and alarm.shown == ShownState.ACKNOWLEDGED:
            ends["acknowledgement"] = alarm.acknowledged_at + timedelta(minutes=minutes)
        for what, at in ends.items():
            if at is not None and coming[0] <= at <= coming[1]:
                yield Ending(at=at, what=what, alarm_id=alarm.alarm_id, condition_id=alarm.condition_id, title=alarm.title)


def _incidents(session: Session, shift: Shift, alarms: list[Listed]) -> list[IncidentLine]:
    """Those that are open or were opened in the shift, the newest first, each with what was written of its alarms."""
    opened = col(IncidentRow.opened_us)
    recent = opened >= handovers.microseconds(shift.since)
    rows = select(IncidentRow.document).where(IncidentRow.area == shift.area, col(IncidentRow.open) | recent)
    documents = session.exec(rows.order_by(opened.desc(), col(IncidentRow.incident_id)).limit(MOST)).all()
    of: dict[str, list[str]] = {}
    for alarm in alarms:
        of.setdefault(alarm.incident_id or "", []).append(alarm.alarm_id)
    lines = []
    for incident in (msgspec.json.decode(document, type=Incident) for document in documents):
        written = _notes(session, of.get(incident.incident_id, [])[:MOST_MEMBERS])
        lines.append(
            IncidentLine(
                incident_id=incident.incident_id,
                opened_at=incident.opened_at,
                closed_at=incident.closed_at or None,
                merged_into=incident.merged_into or None,
                first_out=incident.first_out,
                members=incident.members[:MOST_MEMBERS],
                member_count=incident.member_count,
                notes=[note for _, notes in sorted(written.items()) for note in notes][:MOST_INCIDENT_NOTES],
            )
        )
    return lines


def _load(session: Session, shift: Shift) -> dict[str, Any]:
    """Alarm load of the shift, by position."""
    start, end = whole_periods(shift.since, shift.now)
    figures = kpis(queries.transitions(session, start, end, shift.area), start, end)
    by_position = figures["positions"]
    return figures | {"positions": {name: by_position[name] for name in by_position if shift.position in (None, name)}}


def _policy_changes(session: Session, shift: Shift) -> Iterator[PolicyChange]:
    for line in handovers.policy_changes(session, shift.area, shift.since, shift.now):
        entry = msgspec.json.decode(line, type=Transition)
        yield PolicyChange(at=entry.at, before=entry.from_, after=entry.to or "", who=entry.who)
