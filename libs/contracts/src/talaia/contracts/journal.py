"""The journal: every transition of an alarm, who or what caused it, and what was said of it."""

import msgspec

from talaia.contracts.envelope import Envelope, Instant, Name, Text
from talaia.contracts.vocabulary import OperatorVerdict, Priority


class Transition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the journal: which region went from where to where, by what, and what was said."""

    at: Instant
    cause_type: Name
    cause_id: Name
    region: Name
    event: Name
    from_: str | None = msgspec.field(name="from")
    to: str | None
    alarm_id: Name | None = None
    condition_id: Name | None = None
    kind: Name | None = None
    position: Name | None = None
    priority: Priority | None = None
    activation_id: Name | None = None
    incident_id: Name | None = None
    announced: Name | None = None
    silent: Name | None = None
    refused: Name | None = None
    answer: Name | None = None
    notes: list[Text] = []
    verdict: OperatorVerdict | None = None
    who: Name | None = None
    text: Text | None = None
    policy: Name | None = None
    handover_id: Name | None = None


class Journalled(Envelope, frozen=True, kw_only=True, tag="city.talaia.alerts.journal.entered.v1"):
    """Something happened to an alarm."""

    data: Transition
