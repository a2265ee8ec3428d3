"""Incidents: alarms that belong together, as they stand."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from talaia.contracts.envelope import Envelope, Instant, Name, Text
from talaia.contracts.vocabulary import Certainty


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms that belong together. first_out: the condition that was activated first; members: the first conditions, in the
    order in which they came; member_count: of all. standing: how many are neither normal nor acknowledged.

    title: what is wrong, and where. certainty: how sure that is, with its reasons. closed_by: who closed it, if a person did.
    merged_into: the older incident that it turned out to be part of, to which its members belong from then on.
    """

    incident_id: Name
    area: Name
    opened_at: Instant
    first_out: Name
    members: Annotated[list[Name], Meta(max_length=2_000)]
    member_count: Annotated[int, Meta(ge=1)]
    standing: Annotated[int, Meta(ge=0)]
    domains: list[Name] = []
    merged_into: Name | UnsetType = UNSET
    closed_at: Instant | UnsetType = UNSET
    closed_by: Name | UnsetType = UNSET
    title: Text = ""
    certainty: Certainty = Certainty.SINGLE_SOURCE
    reasons: list[Text] = []


class IncidentStands(Envelope, frozen=True, kw_only=True, tag="city.talaia.alerts.incidents.stands.v1"):
    """An incident changed and now stands like this."""

    data: Incident
