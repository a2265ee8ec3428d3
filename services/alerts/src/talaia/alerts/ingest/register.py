"""The rationalisation register `alarms.toml` of a city, and how it becomes a `configured` event."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from pydantic import Field, IPvAnyNetwork

from talaia.contracts.alerts import PolicyConfigured
from talaia.contracts.catalogue import ACTS
from talaia.contracts.register import Mask, Near, Place, PriorityMatrix, Register, RegisterEntry, zone_named
from talaia.contracts.vocabulary import MaskScope, Priority
from talaia.stream.city_file import Entry, Where, read_city_file
from talaia.stream.processor import Message

REGISTER_FILE = "alarms.toml"
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Words = Annotated[str, Field(min_length=1, max_length=1_000)]
Class = Literal["minor", "moderate", "major", "severe"]
Delay = Annotated[float, Field(ge=0, le=30 * 86_400)]


class Count(Entry):
    """Only the n-th beginning within some seconds makes an alarm."""

    n: Annotated[int, Field(ge=1, le=100)]
    within_s: Annotated[float, Field(gt=0, le=30 * 86_400)]


class KindEntry(Entry):
    """One kind, as `[[kind]]` says it."""

    kind: Name
    title: Annotated[dict[str, Words], Field(min_length=1)]
    domain: Name
    purpose: Words
    cause: Words
    consequence: Words
    response: Words
    time_to_respond_min: Annotated[float, Field(ge=0, le=100_000)]
    consequence_class: Class
    needs_acknowledgement: bool = True
    acknowledges_itself_on_return: bool = False
    latching: bool = False
    on_delay_s: Delay = 0
    off_delay_s: Delay = 0
    count: Count | None = None
    acknowledgement_expires_min: Annotated[float, Field(gt=0, le=30 * 1_440)] | None = None
    shelve_max_h: Annotated[float, Field(gt=0, le=72)] | None = None
    review_after_h: Annotated[float, Field(gt=0, le=8_760)] = 24
    exempt_from_masks: bool = False
    exempt_from_flood: bool = False
    sampling_interval_s: Annotated[float, Field(gt=0, le=86_400)] = 60
    position: Name = "control"
    diagnostic: bool = False
    public: bool = False


class MaskEntry(Entry):
    """While the cause stands, these kinds in its scope are suppressed by design."""

    cause: Name
    hides: Annotated[list[Name], Field(min_length=1, max_length=100)]
    scope: MaskScope
    release_delay_s: Delay = 0


class NearEntry(Entry):
    """Activations of two domains, or of one named twice, belong together when they are so near, and so soon."""

    domains: Annotated[list[Name], Field(min_length=2, max_length=2)]
    distance_m: Annotated[float, Field(gt=0, le=1_000)]
    within_min: Annotated[float, Field(gt=0, le=1_440)]


class PlaceEntry(Entry):
    """How a site lies: what is next downstream of it, and the lines (mains, routes, streets) it is on."""

    site: Name
    downstream: list[Name] = Field([])
    lines: list[Name] = Field([])


class Matrix(Entry):
    """Priority by consequence class (a row each) and time to respond (bounds in minutes, one fewer than priorities)."""

    minutes: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1)]
    minor: list[Priority]
    moderate: list[Priority]
    major: list[Priority]
    severe: list[Priority]

    def rows(self) -> dict[str, list[Priority]]:
        """Priorities by consequence class."""
        return {"minor": self.minor, "moderate": self.moderate, "major": self.major, "severe": self.severe}


class RegisterFile(Entry):
    """The whole file. area: whose control room it is; without one, the folder's name. zone: in which its people read times.

    strict: signals of kinds without an entry are refused. webhook_networks: where webhooks may go besides public addresses.
    """

    format: Literal[1] = Field(1, alias="schema")
    area: Name | None = None
    zone: Name = "UTC"
    strict: bool = False
    priority: Matrix
    kind: list[KindEntry] = Field([])
    mask: list[MaskEntry] = Field([])
    place: list[PlaceEntry] = Field([])
    near: list[NearEntry] = Field([])
    webhook_networks: Annotated[list[IPvAnyNetwork], Field(max_length=100)] = Field([])


_SAYS = f"a city's alarms are rationalised in {REGISTER_FILE}"


def read_register(folder: Path) -> RegisterFile:
    """The register of a city. Raises ValueError with all mistakes, one a line: file, line, field, cure."""
    return read_city_file(
        folder / REGISTER_FILE, RegisterFile, _SAYS, lambda register: chain(_mistakes(register), circles(register))
    )


def recorded_register(folder: Path) -> RegisterFile:
    """The register of a recording: what held then is played, wise or not, as long as it can be read. Raises ValueError."""
    return read_city_file(folder / REGISTER_FILE, RegisterFile, _SAYS, _mistakes)


def _mistakes(register: RegisterFile) -> Iterator[tuple[Where, str]]:
    """What no single field can know."""
    if zone_named(register.zone) is None:
        yield ("zone",), f"there is no time zone {register.zone}: name one of IANA's, as Europe/Madrid"
    minutes = register.priority.minutes
    if minutes != sorted(set(minutes)):
        yield ("priority", "minutes"), "bounds must rise: the shortest time to respond first"
    for name, row in register.priority.rows().items():
        if len(row) != len(minutes) + 1:
            yield ("priority", name), f"has {len(row)} priorities: give {len(minutes) + 1}, one more than minutes has bounds"
    seen: set[str] = set()
    for number, kind in enumerate(register.kind):
        if kind.kind in seen:
            yield ("kind", number, "kind"), f"{kind.kind} is entered twice: keep one entry"
        seen.add(kind.kind)
    for number, mask in enumerate(register.mask):
        for each in (mask.cause, *mask.hides):
            if each != "*" and each not in seen:
                yield ("mask", number), f"no kind {each}: enter it, or correct the name"


def circles(register: RegisterFile) -> Iterator[tuple[Where, str]]:
    """Masks by which a kind comes to hide itself: all of its circle could be hidden at once, and nobody would be told."""
    maskable = {kind.kind for kind in register.kind if not kind.exempt_from_masks}
    hidden: dict[str, set[str]] = {}
    for number, mask in enumerate(register.mask):
        kinds = maskable if "*" in mask.hides else maskable.intersection(mask.hides)
        hidden.setdefault(mask.cause, set()).update(kinds - {mask.cause})
        reached, following = set[str](), hidden[mask.cause]
        while following:
            reached |= following
            following = set().union(*(hidden.get(kind, ()) for kind in following)) - reached
        if mask.cause in reached:
            yield ("mask", number), f"{mask.cause} comes to hide itself: leave out a kind, or exempt one of them from masks"


def registered(register: RegisterFile, *, area: str, decided_by: str, now: datetime) -> Register:
    """The register of an area as it is said on the bus; the same content has the same hash."""
    kinds = [_entry(kind) for kind in register.kind]
    matrix = PriorityMatrix(minutes=register.priority.minutes, classes=register.priority.rows())
    masks = [Mask(**mask.model_dump()) for mask in register.mask]
    near = [Near(**each.model_dump()) for each in register.near]
    places = [Place(**place.model_dump()) for place in register.place]
    webhook_networks = [str(network) for network in register.webhook_networks]
    content: tuple[object, ...] = (area, register.zone, matrix, kinds, masks, near, places, register.strict)
    if webhook_networks:  # a register from before keeps its hash
        content += (webhook_networks,)
    return Register(
        area=area,
        zone=register.zone,
        hash=hashlib.sha256(msgspec.json.encode(content)).hexdigest(),
        valid_from=now,
        decided_by=decided_by,
        priority=matrix,
        kinds=kinds,
        masks=masks,
        near=near,
        places=places,
        strict=register.strict,
        webhook_networks=webhook_networks,
    )


def configured(register: RegisterFile, *, area: str, source: str, decided_by: str, now: datetime) -> Message:
    """The register as the `configured` event of an area."""
    data = registered(register, area=area, decided_by=decided_by, now=now)
    event_id = f"{area}@{now.isoformat()}"
    return Message(ACTS, area, PolicyConfigured(id=event_id, source=source, subject=area, time=now, recordedtime=now, data=data))


def _entry(kind: KindEntry) -> RegisterEntry:
    fields = kind.model_dump(exclude={"count"})
    count = kind.count
    return RegisterEntry(**fields, count_n=count.n if count else None, count_within_s=count.within_s if count else None)
