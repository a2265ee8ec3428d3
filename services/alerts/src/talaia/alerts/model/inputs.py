"""What the step is told: a source's word of a condition, that a source is alive, an act, a policy, timers that are due."""

from datetime import datetime

import msgspec

from talaia.alerts.model.incident import Near
from talaia.alerts.model.kind import Kind
from talaia.alerts.model.mask import Mask
from talaia.alerts.model.silence import Silence, Unsilence
from talaia.contracts.vocabulary import HandoverSide, OperatorVerdict, Priority, Role, SignalState, Verb


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Where a thing is; name: what people call it; lat, lon: WGS 84, degrees."""

    site: str
    name: str = ""
    lat: float | None = None
    lon: float | None = None


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What a word says besides. evidence: as it travels, not read here. labels: of an alert from outside, as it came.

    guidance: what to do; guidance_is_general: about this kind anywhere, so that the register's response goes before it.
    """

    expected_at: datetime | None = None
    probability: float | None = None
    evidence: bytes = b""
    guidance: str = ""
    guidance_is_general: bool = False
    labels: dict[str, str] = {}


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A source says something of one condition. id: of the signal; time: when it happened; became: of a realised one.

    confirms: conditions that it corroborates.
    """

    id: str
    source: str
    time: datetime
    recorded_at: datetime
    condition_id: str
    kind: str
    subject: str
    location: Location
    state: SignalState
    sequence: int | None = None
    priority: Priority | None = None
    expires_at: datetime | None = None
    became: str | None = None
    confirms: tuple[str, ...] = ()
    details: Details = Details()


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """A source is alive, and these of its conditions are open: of those after one id, up to another, where there are such."""

    id: str
    source: str
    time: datetime
    recorded_at: datetime
    release: str
    open: frozenset[str]
    after: str | None = None
    until: str | None = None

    def tells_of(self, condition_id: str) -> bool:
        """Whether a condition that is not among the open ones is over."""
        return (self.after is None or condition_id > self.after) and (self.until is None or condition_id <= self.until)


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What a person did to some alarms, to an incident, or to a source.

    if_version: refused where the alarm has another one by now. incident, into: which one, and the other that it merges
    with, or to which alarms of it move. retired_source: taken away.
    text: what they wrote, the reason where it is one. until, one_shot: of a shelf; silence: what puts it there, if no hand
    does. review_at: of time out of service.
    """

    id: str
    source: str
    verb: Verb
    alarms: tuple[str, ...]
    who: str
    role: Role
    position: str
    text: str = ""
    reason: str = ""
    if_version: int | None = None
    until: datetime | None = None
    one_shot: bool = False
    silence: str | None = None
    review_at: datetime | None = None
    assignee: str | None = None
    verdict: OperatorVerdict | None = None
    incident: str | None = None
    into: str | None = None
    retired_source: str | None = None


class HandoverPrepared(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a shift is there to be signed; id: the handover's. sha256: of its content."""

    id: str
    source: str
    sha256: str
    who: str
    role: Role
    position: str | None = None


class HandoverSigned(msgspec.Struct, frozen=True, kw_only=True):
    """A person signs the report of a shift, of which they saw the content with this SHA-256."""

    id: str
    source: str
    handover_id: str
    sha256: str
    side: HandoverSide
    who: str
    role: Role
    position: str


class Place(msgspec.Struct, frozen=True, kw_only=True, tag="place"):
    """How a site lies in the city. downstream, upstream: the sites next to it; lines: mains, routes, streets it is on."""

    site: str
    downstream: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """From here on the area's alarms follow this register. hash: of its content."""

    id: str
    source: str
    hash: str
    decided_by: str
    kinds: tuple[Kind, ...]
    masks: tuple[Mask, ...] = ()
    near: tuple[Near, ...] = ()
    places: tuple[Place, ...] = ()
    strict: bool = False


class Wake(msgspec.Struct, frozen=True):
    """Timers of these parts are due."""

    parts: tuple[str, ...]


Input = Word | Alive | Act | HandoverPrepared | HandoverSigned | Silence | Unsilence | Policy | Wake
