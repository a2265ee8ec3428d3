"""Incidents: activations that belong together. One opens an incident, others join it; two that turn out to be one merge."""

from datetime import datetime

import msgspec

INCIDENT = "incident/"
MEMBERS = "members/"
AROUND = "around/"
CELL = "cell/"
CONFIRMED = "confirmed/"
MEMBERS_A_PART = 100
SEEN_AT_SITE = 50
SEEN_IN_CELL = 80


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """From the register: activations of these two domains belong together when they are so near, and so soon."""

    domains: tuple[str, str]
    distance_m: float
    within_min: float


class IncidentPart(msgspec.Struct, frozen=True, kw_only=True, tag="incident"):
    """An incident; woken when nothing of it was left for a while. first_out: condition that was activated first.

    members: how many conditions; standing: how many of them are neither normal nor acknowledged. domains: of its members.
    merged_into: the older incident that it turned out to be part of; the members of both are that one's from then on.
    """

    incident_id: str
    opened_at: datetime
    first_out: str
    members: int = 0
    standing: int = 0
    domains: tuple[str, ...] = ()
    merged_into: str | None = None
    closed_at: datetime | None = None


class MembersPart(msgspec.Struct, frozen=True, tag="members"):
    """Some of the members of an incident, by condition id, in the order in which they came."""

    conditions: tuple[str, ...]


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A member was activated. lat, lon: WGS 84, degrees, of one that has a place."""

    incident_id: str
    at: datetime
    domain: str = ""
    lat: float = 0.0
    lon: float = 0.0


class TracesPart(msgspec.Struct, frozen=True, tag="traces"):
    """Activations seen at a site, or within a cell of the map, or that confirm a condition: the last ones; ends with the last."""

    seen: tuple[Seen, ...]


def incident_part(incident_id: str) -> str:
    """Name of the part of an incident."""
    return INCIDENT + incident_id


def members_part(incident_id: str, number: int) -> str:
    """Name of the part that keeps so many hundred members and those after."""
    return f"{MEMBERS}{incident_id}/{number}"


def around_part(site: str) -> str:
    """Name of the part of what was activated at a site."""
    return AROUND + site


def cell_part(row: int, column: int) -> str:
    """Name of the part of what was activated in a cell of the map."""
    return f"{CELL}{row}/{column}"


def confirmed_part(alarm_id: str) -> str:
    """Name of the part of what confirms an alarm."""
    return CONFIRMED + alarm_id
