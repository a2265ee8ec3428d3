"""What an operator reads: alarms as they stand, the journal, acts, sources, registers, handovers of shifts."""

from sqlmodel import BigInteger, Field, Index, SQLModel, Text, UniqueConstraint, text

_STALE = text("stale")
"""Few are: an index of these alone."""


class AlarmRow(SQLModel, table=True):
    """An alarm as it stands; the newest `position` wins.

    turn, weight, left_ms, newest: sort key of importance, see `project`. words: what a text filter searches.
    change: number of the view's change that wrote it. document: the alarm as JSON, as in a list; detail: the rest of it.
    """

    __tablename__ = "alarms"
    __table_args__ = (
        Index("alarms_by_importance", "turn", "weight", "left_ms", "newest", "alarm_id"),
        Index("alarms_stale", "alarm_id", sqlite_where=_STALE, postgresql_where=_STALE),
    )

    alarm_id: str = Field(primary_key=True)
    area: str
    shown: str
    priority: str
    domain: str
    kind: str
    site: str = Field(index=True)
    incident_id: str | None = Field(index=True)
    assigned_to: str | None = Field(index=True)
    stale: bool
    words: str = Field(sa_type=Text)
    version: int
    turn: int
    weight: int
    left_ms: int = Field(sa_type=BigInteger)
    newest: int = Field(sa_type=BigInteger)
    changed_ms: int = Field(sa_type=BigInteger, index=True)
    document: str = Field(sa_type=Text)
    detail: str = Field(sa_type=Text)
    change: int = Field(sa_type=BigInteger, index=True)
    position: str


class AlarmChangeRow(SQLModel, table=True):
    """What an alarm came to be by one change, kept for some days for subscribers. document: the alarm, as in a list."""

    __tablename__ = "alarm_changes"

    change_id: str = Field(primary_key=True)
    change: int = Field(sa_type=BigInteger, index=True)
    at_ms: int = Field(sa_type=BigInteger, index=True)
    area: str
    domain: str
    kind: str
    priority: str
    shown: str
    document: str = Field(sa_type=Text)


class JournalRow(SQLModel, table=True):
    """One entry of an area's journal, kept as the very line that is exported.

    number: its place in the area's chain, from 1. hash: SHA-256 of `line`; the line after it repeats it as `previous`,
    so that an entry cut out or altered shows.
    """

    __tablename__ = "journal"
    __table_args__ = (UniqueConstraint("area", "number"), Index("journal_by_time", "at_us", "number", "area"))

    entry_id: str = Field(primary_key=True)
    area: str
    number: int = Field(sa_type=BigInteger)
    at_us: int = Field(sa_type=BigInteger)
    region: str
    event: str
    came_from: str | None
    went_to: str | None
    alarm_id: str | None = Field(index=True)
    cause_type: str
    cause_id: str = Field(index=True)
    refused: str | None
    answer: str | None
    line: str = Field(sa_type=Text)
    hash: str
    position: str


class IncidentRow(SQLModel, table=True):
    """An incident as it stands; the newest `position` wins. open: neither closed nor merged into another."""

    __tablename__ = "incidents"
    __table_args__ = (Index("incidents_by_time", "opened_us", "incident_id"),)

    incident_id: str = Field(primary_key=True)
    area: str
    opened_us: int = Field(sa_type=BigInteger)
    open: bool = Field(index=True)
    document: str = Field(sa_type=Text)
    position: str


class ActRow(SQLModel, table=True):
    """An act that was sent; what became of it stands in the journal under its id."""

    __tablename__ = "acts"

    act_id: str = Field(primary_key=True)
    area: str
    document: str = Field(sa_type=Text)


class SilenceRow(SQLModel, table=True):
    """A silence as it was sent, or the end of one: then document is empty. What became of it stands in the journal.

    ends_ms: its end, or when it was ended: what is long over is not listed.
    """

    __tablename__ = "silences"

    act_id: str = Field(primary_key=True)
    silence_id: str = Field(index=True)
    ends_ms: int = Field(sa_type=BigInteger, index=True)
    document: str = Field(sa_type=Text)


class SourceRow(SQLModel, table=True):
    """A source of signals and when it last said that it is alive, by its own time.

    position: the view's change that said so; a source that was set up anew begins its own numbers anew.
    """

    __tablename__ = "sources"

    source: str = Field(primary_key=True)
    area: str = Field(primary_key=True)
    alive_ms: int = Field(sa_type=BigInteger)
    release: str
    open_conditions: int
    position: str


class PolicyRow(SQLModel, table=True):
    """The newest register of an area, as it was said. zone: by IANA's name, in which its people read times."""

    __tablename__ = "policies"

    area: str = Field(primary_key=True)
    zone: str
    document: str = Field(sa_type=Text)
    position: str


class HandoverRow(SQLModel, table=True):
    """The report of a shift, as it was prepared; content: its very text, sha256: of that. position: "" for the whole area."""

    __tablename__ = "handovers"
    __table_args__ = (Index("handovers_by_time", "prepared_us", "handover_id"),)

    handover_id: str = Field(primary_key=True)
    area: str
    position: str
    prepared_us: int = Field(sa_type=BigInteger)
    content: str = Field(sa_type=Text)
    sha256: str


class HandoverStepRow(SQLModel, table=True):
    """A handover came this far (prepared, handed_over, taken_over), by whom and when: what the worker let pass."""

    __tablename__ = "handover_steps"

    handover_id: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    who: str
    at_us: int = Field(sa_type=BigInteger)
