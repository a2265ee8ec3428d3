"""What the report of a shift holds. It is kept for years: a part that is added has a default, and none is taken away."""

from datetime import datetime
from typing import Any

import msgspec

from talaia.contracts.alerts import Location, OutOfService, Shelved
from talaia.contracts.vocabulary import Priority

FORMAT = 1
MOST, MOST_MEMBERS, MOST_INCIDENT_NOTES = 40, 20, 10
"""Alarms of a section and incidents; members and notes of an incident. What is signed must be read; `total` counts all."""
NOTE_CHARACTERS, MOST_NOTES = 200, 2


class Listed(msgspec.Struct, kw_only=True):
    """An alarm as the view keeps it, as far as a report needs it."""

    alarm_id: str
    condition_id: str
    kind: str
    title: str
    subject: str
    location: Location
    position: str
    shown: str
    freshness: str
    shelf: str
    service: str
    priority: Priority
    began_at: datetime | None
    incident_id: str | None = None
    expected_at: datetime | None = None
    probability: float | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    shelved: Shelved | None = None
    out_of_service: OutOfService | None = None
    suppressed_by: str | None = None
    assigned_to: str | None = None

    @property
    def order(self) -> tuple[int, str]:
        """The most important first."""
        return -self.priority.rank, self.condition_id


class AlarmLine(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One alarm of a section. until: end of its shelf, or review of its time out of service; reason: for that."""

    alarm_id: str
    condition_id: str
    title: str
    where: str
    priority: str
    shown: str
    began_at: datetime | None = None
    expected_at: datetime | None = None
    probability: float | None = None
    by: str | None = None
    at: datetime | None = None
    until: datetime | None = None
    reason: str | None = None
    suppressed_by: str | None = None
    assigned_to: str | None = None
    notes: list[str] = []

    @classmethod
    def of(cls, alarm: Listed, notes: list[str]) -> "AlarmLine":
        """An alarm with what was written of it last. by, at: who shelved it, else took it out, else acknowledged it."""
        put = alarm.shelved or alarm.out_of_service
        until = alarm.shelved.until if alarm.shelved else alarm.out_of_service.review_at if alarm.out_of_service else None
        return cls(
            alarm_id=alarm.alarm_id,
            condition_id=alarm.condition_id,
            title=alarm.title,
            where=alarm.location.name or alarm.location.site,
            priority=alarm.priority.value,
            shown=alarm.shown,
            began_at=alarm.began_at,
            expected_at=alarm.expected_at,
            probability=alarm.probability,
            by=put.by if put else alarm.acknowledged_by,
            at=None if put else alarm.acknowledged_at,
            until=until,
            reason=put.reason[:NOTE_CHARACTERS] if put else None,
            suppressed_by=alarm.suppressed_by,
            assigned_to=alarm.assigned_to,
            notes=[note[:NOTE_CHARACTERS] for note in notes[-MOST_NOTES:]],
        )


class Section(msgspec.Struct, kw_only=True):
    """Alarms of one sort, the most important first, and how many there are in all."""

    total: int
    alarms: list[AlarmLine]


class Ending(msgspec.Struct, kw_only=True):
    """Something lets go by itself in the coming shift: shelf, out_of_service_review, acknowledgement."""

    at: datetime
    what: str
    alarm_id: str
    condition_id: str
    title: str


class IncidentLine(msgspec.Struct, kw_only=True):
    """An incident and what people wrote of its alarms."""

    incident_id: str
    opened_at: datetime
    closed_at: datetime | None
    merged_into: str | None
    first_out: str
    members: list[str]
    member_count: int
    notes: list[str]


class PolicyChange(msgspec.Struct, kw_only=True):
    """Another register holds. before, after: hashes of their content."""

    at: datetime
    before: str | None
    after: str
    who: str | None


class Report(msgspec.Struct, kw_only=True):
    """What one shift leaves to the next. prepared_at: how things stood then; view_as_of: newest event that was known.

    since: begin of the shift; coming_until: end of the next one. load: figures by position, as `/v1/kpis` gives them.
    """

    format: int
    area: str
    position: str | None
    zone: str
    prepared_at: datetime
    view_as_of: datetime | None
    since: datetime
    coming_until: datetime
    unacknowledged: Section
    acknowledged: Section
    shelved: Section
    out_of_service: Section
    suppressed: Section
    stale: Section
    forecasts: Section
    endings: list[Ending]
    incidents: list[IncidentLine]
    load: dict[str, Any]
    policy_changes: list[PolicyChange]
