"""What the API says, as documented models; rows of the view become answers here and nowhere else."""

from datetime import datetime
from typing import Generic, Self, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from talaia.alerts.api.desk import SILENT_AFTER_S, Heard
from talaia.alerts.view.queries import Summary
from talaia.alerts.view.tables import AlarmRow, JournalRow
from talaia.contracts.vocabulary import OperatorVerdict


class Place(BaseModel):
    """Site, what people call it, and degrees (WGS 84) where known."""

    site: str
    name: str = ""
    lat: float | None = None
    lon: float | None = None


class Figure(BaseModel):
    """The one number that matters now, with its unit, and the limit it is measured by."""

    value: float
    unit: str
    limit: float | None
    at: datetime


class Shelved(BaseModel):
    """Who put an alarm on the shelf, why, and until when; one_shot: or until the activation ends."""

    by: str
    reason: str
    until: datetime
    one_shot: bool


class OutOfService(BaseModel):
    """Who took an alarm out of service, why, and when somebody looks at it again."""

    by: str
    reason: str
    review_at: datetime


class AlarmItem(BaseModel):
    """An alarm in a list. shown: derived state; version: send it as If-Match with an act."""

    alarm_id: str
    area: str
    condition_id: str
    kind: str
    domain: str
    title: str
    subject: str
    location: Place
    source: str
    shown: str
    condition: str
    freshness: str
    design: str
    acknowledgement: str
    shelf: str
    service: str
    priority: str
    position: str
    activation_id: str | None
    activations: int
    version: int
    unrationalised: bool
    began_at: datetime | None
    changed_at: datetime
    announced_at: datetime | None
    expected_at: datetime | None = None
    expires_at: datetime | None = None
    probability: float | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    incident_id: str | None = None
    chattering: bool = False
    shelved: Shelved | None = None
    out_of_service: OutOfService | None = None
    suppressed_by: str | None = None
    assigned_to: str | None = None
    verdict: OperatorVerdict | None = None
    figure: Figure | None = None

    @classmethod
    def of(cls, row: AlarmRow) -> Self:
        """A row as an answer."""
        return cls.model_validate(msgspec.json.decode(row.document))


class Reading(BaseModel):
    """A reading with its QARTOD flag."""

    time: datetime
    value: float
    unit: str
    flag: int = 1


class Limit(BaseModel):
    """A limit that counts here."""

    name: str
    value: float
    unit: str


class Expected(BaseModel):
    """A point of the forecast. low, high: four of five values fall between, null while that is not known."""

    time: datetime
    value: float
    unit: str
    low: float | None = None
    high: float | None = None


class Evidence(BaseModel):
    """Why the alarm stands: rule, configuration, model, readings, limits, forecast, facts."""

    rule: str
    rule_version: str
    configuration: str | None = None
    model: str = ""
    readings: list[Reading] = []
    thresholds: list[Limit] = []
    forecast: list[Expected] = []
    facts: dict[str, float | str] = {}
    positions: list[str] = []


class JournalEntry(BaseModel):
    """One entry of the journal. previous: SHA-256 of the area's line before it, as exported; hash: of its own."""

    model_config = ConfigDict(serialize_by_alias=True)

    id: str
    area: str
    number: int
    previous: str
    hash: str
    at: datetime
    cause_type: str
    cause_id: str
    region: str
    event: str
    came_from: str | None = Field(alias="from")
    went_to: str | None = Field(alias="to")
    alarm_id: str | None = None
    condition_id: str | None = None
    kind: str | None = None
    position: str | None = None
    priority: str | None = None
    activation_id: str | None = None
    incident_id: str | None = None
    announced: str | None = None
    silent: str | None = None
    refused: str | None = None
    answer: str | None = None
    notes: list[str] = []
    who: str | None = None
    text: str | None = None
    policy: str | None = None

    @classmethod
    def of(cls, row: JournalRow) -> Self:
        """A row as an answer."""
        return cls.model_validate(msgspec.json.decode(row.line) | {"hash": row.hash})


class AlarmAnswer(AlarmItem):
    """One alarm with why, what to do, and its latest entries of the journal, newest first.

    importance: why it stands where it does in the list, for people.
    """

    importance: str = ""
    evidence: Evidence | None = None
    guidance: str = ""
    notes: list[str] = []
    history: list[JournalEntry] = []

    @classmethod
    def told(cls, row: AlarmRow, history: list[JournalRow]) -> Self:
        """A row and its history."""
        entries = [JournalEntry.of(entry) for entry in history]
        return cls.model_validate(msgspec.json.decode(row.document) | msgspec.json.decode(row.detail) | {"history": entries})


class SourceItem(BaseModel):
    """A source of signals: how long ago it said that it is alive, and how long ago it may be."""

    source: str
    area: str
    age_s: float
    limit_s: float
    silent: bool
    release: str
    open_conditions: int

    @classmethod
    def of(cls, heard: Heard) -> Self:
        """A source as heard."""
        row = heard.row
        return cls(
            source=row.source,
            area=row.area,
            age_s=round(heard.age_s, 1),
            limit_s=SILENT_AFTER_S,
            silent=heard.silent,
            release=row.release,
            open_conditions=row.open_conditions,
        )


Item = TypeVar("Item")


class All(BaseModel, Generic[Item]):
    """A list that is always short."""

    items: list[Item]


class SummaryAnswer(BaseModel):
    """Counts: alarms by what they show; beginnings, acknowledgements, ends and refusals; records taken by topic."""

    shown: dict[str, int]
    raised: int
    acknowledged: int
    cleared: int
    refused: int
    projected: dict[str, int]
    unreadable: dict[str, int]
    judging_s: float | None = Field(description="seconds that signals and acts have waited for the alarm worker; null: not known")

    @classmethod
    def of(cls, summary: Summary, judging_s: float | None) -> Self:
        """Counts as an answer."""
        return cls.model_validate({**vars(summary), "judging_s": judging_s})
