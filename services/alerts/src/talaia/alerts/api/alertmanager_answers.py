"""What Alertmanager's API v2 says and is told, field by field as its OpenAPI document has them."""
# ruff: noqa: N815  (the names are Alertmanager's)

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from talaia.web.when import When

Words = Annotated[str, Field(max_length=100_000)]
LabelSet = dict[str, Words]
PostedLabels = Annotated[
    LabelSet,
    Field(
        json_schema_extra={
            "required": ["alertname"],
            "properties": {"alertname": {"type": "string", "minLength": 1, "maxLength": 150, "pattern": r"^[^\x00-\x1f\x7f]+$"}},
            "propertyNames": {"pattern": r"^[a-zA-Z_][a-zA-Z0-9_]*$", "maxLength": 200},
            "additionalProperties": {"type": "string", "pattern": r"^[^\x00-\x1f\x7f]*$"},
            "maxProperties": 50,
        }
    ),
]
"""Each alert is looked at for itself: one that does not fit takes no other with it."""
At = Annotated[When | None, Field(description="year 1 or 1970: not said")]


class PostableAlert(BaseModel):
    """An alert that fires, or is over."""

    labels: PostedLabels
    annotations: LabelSet | None = None
    startsAt: At = None
    endsAt: At = None
    generatorURL: Words = ""


class Taken(BaseModel):
    """How many alerts were taken in."""

    taken: int


class MatcherAnswer(BaseModel):
    """What a label must be, or must not be."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    value: Annotated[str, Field(max_length=1_000)]
    isRegex: bool
    isEqual: bool = True


class PostableSilence(BaseModel):
    """A silence to be. id: of the silence that it replaces."""

    id: str = ""
    matchers: Annotated[list[MatcherAnswer], Field(min_length=1, max_length=20)]
    startsAt: When
    endsAt: When
    createdBy: Annotated[str, Field(max_length=100)]
    comment: Annotated[str, Field(max_length=2_000)]


class SilenceID(BaseModel):
    """Id of a silence."""

    silenceID: str


class SilenceStatus(BaseModel):
    """Whether a silence hides what matches now."""

    state: Literal["expired", "active", "pending"]


class GettableSilence(BaseModel):
    """A silence as it stands."""

    id: str
    status: SilenceStatus
    updatedAt: datetime
    matchers: list[MatcherAnswer]
    startsAt: datetime
    endsAt: datetime
    createdBy: str
    comment: str


class Receiver(BaseModel):
    """Who is told: a position."""

    name: str


class AlertStatus(BaseModel):
    """What hides an alert: silences, or a shelf or time out of service by hand; conditions that mask it."""

    state: Literal["unprocessed", "active", "suppressed"]
    silencedBy: list[str]
    inhibitedBy: list[str]


class GettableAlert(BaseModel):
    """An alarm that stands, as an alert."""

    labels: LabelSet
    annotations: LabelSet
    receivers: list[Receiver]
    fingerprint: str
    startsAt: datetime
    updatedAt: datetime
    endsAt: datetime
    status: AlertStatus
    generatorURL: str | None = None


class AlertGroup(BaseModel):
    """Alerts of one name at one position."""

    labels: LabelSet
    receiver: Receiver
    alerts: list[GettableAlert]


class ClusterStatus(BaseModel):
    """There is no cluster of Alertmanagers."""

    status: Literal["ready", "settling", "disabled"] = "disabled"
    peers: list[dict[str, str]] = []


class VersionInfo(BaseModel):
    """version: of the Alertmanager whose answers these are compared with; branch: our own."""

    version: str
    revision: str
    branch: str
    buildUser: str
    buildDate: str
    goVersion: str


class Config(BaseModel):
    """The routing that the positions come to, as Alertmanager would be told it."""

    original: str


class AlertmanagerStatus(BaseModel):
    """What this is, and since when it runs."""

    cluster: ClusterStatus
    versionInfo: VersionInfo
    config: Config
    uptime: datetime
