"""What the step says: entries of the journal, alarms as they stand, and, for a backtest, what an input came to."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from talaia.alerts.model.incident import IncidentPart
from talaia.alerts.model.kind import Kind
from talaia.alerts.model.parts import AlarmPart, Part
from talaia.contracts.vocabulary import OperatorVerdict


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What led to an outcome. type: signal, act or timer; id: of the signal or act, or the timer's name.

    identity: an event's source and id, or part, timer, due time and version; ids of outcomes derive from it.
    """

    type: str
    id: str
    identity: str
    who: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the journal. alarm: as it is after it, None where there is none. incident_id: of what is said of an incident
    itself. policy: hash of the register."""

    at: datetime
    cause: Cause
    region: str
    event: str
    state: str | None = None
    to: str | None = None
    alarm_id: str | None = None
    alarm: AlarmPart | None = None
    position: str | None = None
    incident_id: str | None = None
    announced: str | None = None
    silent: str | None = None
    refused: str | None = None
    answer: str | None = None
    notes: tuple[str, ...] = ()
    verdict: OperatorVerdict | None = None
    text: str = ""
    policy: str | None = None
    handover_id: str | None = None


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm changed."""

    at: datetime
    cause: Cause
    alarm: AlarmPart
    kind: Kind


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What one input or timer came to for one alarm; it is not published. alarm: None where it is unknown.

    rows: of the table that were taken, in order.
    """

    at: datetime
    cause: Cause
    alarm_id: str
    condition_id: str | None
    alarm: AlarmPart | None
    announced: str | None = None
    silent: str | None = None
    refused: str | None = None
    answer: str | None = None
    ignored: str | None = None
    notes: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


class IncidentStands(msgspec.Struct, frozen=True, kw_only=True):
    """An incident changed. members: condition ids, in the order in which they came."""

    at: datetime
    cause: Cause
    incident: IncidentPart
    members: tuple[str, ...]


Outcome = Entry | Stands | IncidentStands


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from one input. changed: parts, None ends one; wakes: timers, None stops one; refused: why it cannot
    be applied at all, a stable word and a sentence, and then nothing has changed."""

    changed: Mapping[str, Part | None] = {}
    outcomes: tuple[Outcome, ...] = ()
    wakes: Mapping[str, datetime | None] = {}
    looks: tuple[Look, ...] = ()
    refused: tuple[str, str] | None = None
