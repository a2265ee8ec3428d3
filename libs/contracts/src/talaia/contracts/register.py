"""The register: the alarm policy of an area, rationalised kind by kind."""

from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from talaia.contracts.envelope import Instant, Name, Text
from talaia.contracts.vocabulary import MaskScope, Priority


class RegisterEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Rationalisation of one kind of alarm (ISA-18.2, EEMUA 191). Priority follows from consequence and time to respond."""

    kind: Name
    title: dict[Name, Text]
    domain: Name
    purpose: Text
    cause: Text
    consequence: Text
    response: Text
    time_to_respond_min: Annotated[float, Meta(ge=0)]
    consequence_class: Name
    needs_acknowledgement: bool = True
    acknowledges_itself_on_return: bool = False
    latching: bool = False
    on_delay_s: Annotated[float, Meta(ge=0)] = 0
    off_delay_s: Annotated[float, Meta(ge=0)] = 0
    count_n: Annotated[int, Meta(ge=1)] | None = None
    count_within_s: Annotated[float, Meta(gt=0)] | None = None
    acknowledgement_expires_min: Annotated[float, Meta(gt=0)] | None = None
    shelve_max_h: Annotated[float, Meta(gt=0)] | None = None
    review_after_h: Annotated[float, Meta(gt=0)] = 24
    exempt_from_masks: bool = False
    exempt_from_flood: bool = False
    sampling_interval_s: Annotated[float, Meta(gt=0)] = 60
    position: Name = "control"
    diagnostic: bool = False
    public: bool = False


class PriorityMatrix(msgspec.Struct, frozen=True, kw_only=True):
    """minutes: bounds of the time to respond; per consequence class one priority more than bounds."""

    minutes: list[float]
    classes: dict[Name, list[Priority]]


class Mask(msgspec.Struct, frozen=True, kw_only=True):
    """While a cause stands, these kinds in its scope are suppressed by design. `*` hides every kind but the cause's own.

    Without a cause it hides nothing.
    """

    cause: Text = ""
    hides: list[Name] = []
    scope: MaskScope = MaskScope.SAME_SITE
    release_delay_s: Annotated[float, Meta(ge=0)] = 0


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """Activations of two domains, or of one named twice, belong together when they are so near, and so soon."""

    domains: Annotated[list[Name], Meta(min_length=2, max_length=2)]
    distance_m: Annotated[float, Meta(gt=0, le=1_000)]
    within_min: Annotated[float, Meta(gt=0, le=1_440)]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How a site lies in the city: what lies next downstream of it, and the lines (mains, routes, streets) it is on."""

    site: Name
    downstream: list[Name] = []
    lines: list[Name] = []


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """The alarm policy of one area. hash: SHA-256 of its content. zone: time zone of its people, by IANA's name.

    strict: a signal of a kind without an entry is refused, instead of becoming an alarm that is marked so.
    webhook_networks: where webhooks may go besides public addresses, in CIDR.
    """

    area: Name
    zone: Name = "UTC"
    hash: Name
    valid_from: Instant
    decided_by: Name
    priority: PriorityMatrix
    kinds: list[RegisterEntry]
    masks: list[Mask] = []
    near: list[Near] = []
    places: list[Place] = []
    strict: bool = False
    webhook_networks: Annotated[list[Name], Meta(max_length=100)] = []


def zone_named(name: str) -> ZoneInfo | None:
    """A time zone by IANA's name; None for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
