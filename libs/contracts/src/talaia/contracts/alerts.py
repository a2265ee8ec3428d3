"""Alerts: signals that services send, acts of people, and alarms as they stand."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from talaia.contracts.envelope import Envelope, Instant, Name, Text, Tick
from talaia.contracts.register import Register
from talaia.contracts.vocabulary import Flag, OperatorVerdict, Priority, Role, SignalState, Verb

Share = Annotated[float, Meta(ge=0, le=1)]
Labels = Annotated[dict[Name, Text], Meta(max_length=50)]


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Where: a site of the city, what people call it, and its place in degrees (WGS 84) where known."""

    site: Name
    name: Annotated[str, Meta(max_length=200)] = ""
    lat: Annotated[float, Meta(ge=-90, le=90)] | UnsetType = UNSET
    lon: Annotated[float, Meta(ge=-180, le=180)] | UnsetType = UNSET


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that supports a signal."""

    time: Instant
    value: float
    unit: Name
    flag: Flag = Flag.GOOD
    sensor: Name | UnsetType = UNSET


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that was crossed."""

    name: Name
    value: float
    unit: Name


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """A point of the forecast that supports a signal. low, high: four of five values fall between, where that is known."""

    time: Instant
    value: float
    unit: Name
    low: float | UnsetType = UNSET
    high: float | UnsetType = UNSET


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why a signal was sent: rule and its version, configuration hash, readings, limits, forecast, model."""

    rule: Name
    rule_version: Name
    configuration: Name | UnsetType = UNSET
    model: Text = ""
    readings: Annotated[list[Sample], Meta(max_length=200)] = []
    thresholds: Annotated[list[Threshold], Meta(max_length=20)] = []
    forecast: Annotated[list[Expectation], Meta(max_length=200)] = []
    facts: dict[Name, float | Text] = {}
    positions: Annotated[list[Name], Meta(max_length=20)] = []


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A condition began, changed, ended or came true. The envelope's id is the signal's id.

    condition_id: stable for one condition of one thing. sequence: counts the signals of this condition.
    expires_at: without a newer word by then the alarm is shown stale. became: condition that a realised one became.
    confirms: conditions that it corroborates. guidance: what to do; guidance_is_general: what is done about this kind
    anywhere, so that the response of the area's register goes before it. labels: of an alert from outside, as it came.
    """

    condition_id: Name
    kind: Name
    subject: Name
    location: Location
    state: SignalState
    sequence: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    probability: Share | UnsetType = UNSET
    expected_at: Instant | UnsetType = UNSET
    expires_at: Instant | UnsetType = UNSET
    became: Name | UnsetType = UNSET
    evidence: Evidence | UnsetType = UNSET
    guidance: Text | UnsetType = UNSET
    guidance_is_general: bool | UnsetType = UNSET
    confirms: Annotated[list[Name], Meta(max_length=50)] = []
    labels: Labels | UnsetType = UNSET


class Signalled(Envelope, frozen=True, kw_only=True, tag="city.talaia.alerts.signals.signalled.v1"):
    """A source says something of one condition."""

    data: Signal


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says of itself each minute of stream time: its release and its open conditions.

    More of these than fit are told in several words, in order of their ids: after, until: this word tells of the ids after
    the one, up to the other; it ends what it leaves out of them, and nothing else. Without the one from the first on,
    without the other to the last.
    """

    release: Name
    open: Annotated[list[Name], Meta(max_length=2_000)]
    after: Name | UnsetType = UNSET
    until: Name | UnsetType = UNSET


class Alive(Envelope, frozen=True, kw_only=True, tag="city.talaia.alerts.signals.alive.v1"):
    """A source is alive."""

    data: Presence


class SignalsTick(Tick, frozen=True, kw_only=True, tag="city.talaia.alerts.signals.tick.v1"):
    """Time passed in a partition of alerts.signals."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What a person did. The envelope's id is the act's id; who: subject of the token, never free text.

    until, one_shot: end of a shelf, and whether it ends with the activation already. review_at: of what is taken out of
    service. assignee: in whose hands an alarm is put. incident: the one whose alarms these are, or that is closed, merged, split;
    into: the other one that it merges with, or to which alarms of it move. retired_source: taken away for good, so that its
    conditions end.
    """

    verb: Verb
    alarms: Annotated[list[Name], Meta(max_length=500)]
    who: Name
    role: Role
    position: Name
    text: Text | UnsetType = UNSET
    reason: Text | UnsetType = UNSET
    if_version: int | UnsetType = UNSET
    until: Instant | UnsetType = UNSET
    one_shot: bool = False
    review_at: Instant | UnsetType = UNSET
    assignee: Name | UnsetType = UNSET
    verdict: OperatorVerdict | UnsetType = UNSET
    incident: Name | UnsetType = UNSET
    into: Name | UnsetType = UNSET
    retired_source: Name | UnsetType = UNSET


class Acted(Envelope, frozen=True, kw_only=True, tag="city.talaia.alerts.acts.acted.v1"):
    """A person acted on alarms."""

    data: Act


class PolicyConfigured(Envelope, frozen=True, kw_only=True, tag="city.talaia.alerts.acts.configured.v1"):
    """From here on the area's alarms follow this register."""

    data: Register


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """Who put an alarm on the shelf, why, and until when; one_shot: it comes back when the activation ends already.

    silence: the one that put it there.
    """

    by: Name
    reason: Text
    until: Instant
    one_shot: bool = False
    silence: Name | UnsetType = UNSET


class OutOfService(msgspec.Struct, frozen=True, kw_only=True):
    """Who took an alarm out of service, why, and when somebody looks at it again."""

    by: Name
    reason: Text
    review_at: Instant


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm as it stands: its regions in the words of `alarm_states.csv`, what it says and why.

    suppressed_by: the condition that hides it by design. labels: of an alert from outside, as it came.
    """

    alarm_id: Name
    area: Name
    condition_id: Name
    kind: Name
    title: Text
    subject: Name
    location: Location
    source: Name
    shown: Name
    condition: Name
    freshness: Name
    design: Name
    acknowledgement: Name
    shelf: Name
    service: Name
    priority: Priority
    position: Name
    activation_id: Name | None
    activations: int
    incident_id: Name | None = None
    version: int
    unrationalised: bool
    chattering: bool = False
    began_at: Instant | None
    changed_at: Instant
    announced_at: Instant | None
    expected_at: Instant | UnsetType = UNSET
    expires_at: Instant | UnsetType = UNSET
    probability: Share | UnsetType = UNSET
    evidence: Evidence | UnsetType = UNSET
    guidance: Text = ""
    acknowledged_by: Name | UnsetType = UNSET
    acknowledged_at: Instant | UnsetType = UNSET
    shelved: Shelved | UnsetType = UNSET
    out_of_service: OutOfService | UnsetType = UNSET
    suppressed_by: Name | UnsetType = UNSET
    assigned_to: Name | UnsetType = UNSET
    verdict: OperatorVerdict | UnsetType = UNSET
    notes: list[Text] = []
    labels: Labels | UnsetType = UNSET


class AlarmStands(Envelope, frozen=True, kw_only=True, tag="city.talaia.alerts.alarms.stands.v1"):
    """An alarm changed and now stands like this."""

    data: Alarm
