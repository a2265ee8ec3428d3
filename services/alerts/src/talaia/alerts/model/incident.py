"""Incidents: activations that belong together. One opens an incident, others join it; two that turn out to be one merge."""

from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import OperatorVerdict

INCIDENT = "incident/"
MEMBERS = "members/"
AROUND = "around/"
CELL = "cell/"
CONFIRMED = "confirmed/"
MEMBERS_A_PART = 20
"""Of the longest names as many as fit into 16 KB."""
SEEN_AT_SITE = 50
SEEN_IN_CELL = 80


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """From the register: activations of these two domains belong together when they are so near, and so soon."""

    domains: tuple[str, str]
    distance_m: float
    within_min: float


class Witness(msgspec.Struct, frozen=True, array_like=True):
    """A member that says on its own that something is wrong: no other witness is of its source and about its thing."""

    condition_id: str
    domain: str
    source: str
    subject: str


class Judged(msgspec.Struct, frozen=True, array_like=True):
    """What a person said of a member last."""

    condition_id: str
    verdict: OperatorVerdict
    who: str


class IncidentPart(msgspec.Struct, frozen=True, kw_only=True, tag="incident"):
    """An incident; woken when a change of it is to be told, or nothing of it was left for a while.

    first_out: condition that was activated first. title: what it is, and where. members: how many conditions; standing: how
    many of them are not both normal and acknowledged; quiet_since: there are none. domains: of its members.
    witnesses, verdicts: the first of each; came_true: a forecast among its members, and what it became.
    merged_into: the older incident that it turned out to be part of; the members of both are that one's from then on.
    apart: incidents from which a person split it, or that were split from it: they do not merge by themselves.
    told_at: when it was last told of; untold: it has changed since.
    """

    incident_id: str
    opened_at: datetime
    first_out: str
    title: str = ""
    members: int = 0
    standing: int = 0
    quiet_since: datetime | None = None
    domains: tuple[str, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    verdicts: tuple[Judged, ...] = ()
    came_true: tuple[str, str] | None = None
    merged_into: str | None = None
    apart: tuple[str, ...] = ()
    closed_at: datetime | None = None
    closed_by: str | None = None
    told_at: datetime | None = None
    untold: bool = False

    @property
    def is_open(self) -> bool:
        """Neither closed nor merged into another."""
        return self.closed_at is None and self.merged_into is None


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
    """Name of the part of some of an incident's members: the first ones are in number 0."""
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
