"""State in parts, each under 16 KB encoded: an alarm, a source, a kind of the register, what the area remembers."""

from datetime import datetime

import msgspec

from talaia.alerts.model.handover import ShiftHandoverPart
from talaia.alerts.model.incident import IncidentPart, MembersPart, Near, TracesPart
from talaia.alerts.model.inputs import Details, Location, Place
from talaia.alerts.model.kind import Kind
from talaia.alerts.model.mask import Mask
from talaia.alerts.model.silence import SilencePart, SilencesPart
from talaia.contracts.vocabulary import OperatorVerdict, Priority

PART_FORMAT = 1
POLICY = "policy"
ACTS = "acts"
ALARM = "alarm/"
SOURCE = "source/"
KIND = "kind/"
HAND_OVER = "hand_over/"
FLOOD = "flood/"
PLACE = "place/"
HIDING = "hiding/"
SEEN_SIGNALS = 32
SEEN_ACTS = 1_000


def alarm_part(alarm_id: str) -> str:
    """Name of an alarm's part."""
    return ALARM + alarm_id


def source_part(source: str) -> str:
    """Name of a source's part."""
    return SOURCE + source


def kind_part(kind: str) -> str:
    """Name of the part of a kind of the register."""
    return KIND + kind


def hand_over_part(alarm_id: str) -> str:
    """Name of the part of a hand-over to an alarm."""
    return HAND_OVER + alarm_id


def flood_part(position: str) -> str:
    """Name of the part of a position's flood mode."""
    return FLOOD + position


def place_part(site: str) -> str:
    """Name of the part of how a site lies in the city."""
    return PLACE + site


def hiding_part(kind: str, where: str) -> str:
    """Name of the part of the causes of one kind that hide what is in one place."""
    return f"{HIDING}{kind}/{where}"


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """Who put an alarm on the shelf, why, and until when; one_shot: or until the activation ends. silence: that put it there."""

    by: str
    reason: str
    until: datetime
    one_shot: bool = False
    silence: str | None = None


class OutOfService(msgspec.Struct, frozen=True, kw_only=True):
    """Who took an alarm out of service, why, and when somebody looks at it again."""

    by: str
    reason: str
    review_at: datetime


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What people see of an alarm: the states of its regions in the words of `alarm_states.csv`, and what was said last.

    began_at: time of the word that began the present activation, or the last one. suppressed_by: the condition that hides
    it by design. verdict: what somebody said of the activation. notes: what people wrote of it last.
    """

    source: str
    subject: str
    location: Location
    priority: Priority
    condition: str = "normal"
    freshness: str = "fresh"
    design: str = "free"
    acknowledgement: str = "acknowledged"
    shelf: str = "unshelved"
    service: str = "in_service"
    chattering: bool = False
    activation_id: str | None = None
    activations: int = 0
    incident_id: str | None = None
    began_at: datetime | None = None
    announced_at: datetime | None = None
    expires_at: datetime | None = None
    details: Details = Details()
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    shelved: Shelved | None = None
    out_of_service: OutOfService | None = None
    suppressed_by: str | None = None
    assigned_to: str | None = None
    verdict: OperatorVerdict | None = None
    notes: tuple[str, ...] = ()


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A bell that flood mode swallowed waits at a position. bell: the event that wanted to ring."""

    position: str
    bell: str
    since: datetime


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What the table needs to know besides.

    last_word_at, sequence, seen: time and number of the last word, marks of the last ones. spell_id, spell_at: the word
    that began the present spell, or its delay. highest: ever in this activation. heard: highest announced in it.
    handed: what a forecast that came true was heard at. overdue: the acknowledgement ran out while the condition was on
    its way out. beginnings: when it began, for the count rule; activated: when it was last activated. waiting: for its bell.
    unheard: a bell was swallowed that has not rung since. hides_at: places in which it hides others now. let_go_by_name:
    whether the mask that lets go names its kind. counted_in: the incident that it keeps open. timers: when they are due, by name.
    """

    last_word_at: datetime
    sequence: int | None = None
    seen: tuple[int, ...] = ()
    spell_id: str = ""
    spell_at: datetime | None = None
    highest: Priority = Priority.LOW
    heard: Priority | None = None
    handed: Priority | None = None
    overdue: bool = False
    beginnings: tuple[datetime, ...] = ()
    activated: tuple[datetime, ...] = ()
    waiting: Waiting | None = None
    unheard: bool = False
    hides_at: tuple[str, ...] = ()
    let_go_by_name: bool = False
    counted_in: str | None = None
    timers: dict[str, datetime] = {}


class AlarmPart(msgspec.Struct, frozen=True, kw_only=True, tag="alarm"):
    """An alarm; it is woken at the first of its timers. version: starts at 1 and rises when it stands differently."""

    area: str
    alarm_id: str
    condition_id: str
    kind: str
    version: int
    changed_at: datetime
    standing: Standing
    memory: Memory


class SourcePart(msgspec.Struct, frozen=True, kw_only=True, tag="source"):
    """A producer of signals; woken when it was not heard of for three intervals.

    alive_at: time of its last `alive`, None if it never said one. unknown: conditions it lists that were never heard of.
    ignored: words that changed nothing, by reason.
    """

    source: str
    release: str = ""
    alive_at: datetime | None = None
    seen: tuple[int, ...] = ()
    silent: bool = False
    unknown: int = 0
    ignored: dict[str, int] = {}


class HandOverPart(msgspec.Struct, frozen=True, kw_only=True, tag="hand_over"):
    """A forecast came true: what it was heard at, for the alarm it became; woken, and ended, when it is no longer news."""

    heard: Priority


class FloodPart(msgspec.Struct, frozen=True, kw_only=True, tag="flood"):
    """How much rings at a position; woken while in flood mode. announced, wanted: the last times; waiting: how many do."""

    position: str
    on: bool = False
    announced: tuple[datetime, ...] = ()
    wanted: tuple[datetime, ...] = ()
    waiting: int = 0


class HidingPart(msgspec.Struct, frozen=True, kw_only=True, tag="hiding"):
    """Causes of one kind that hide what is in one place: the conditions of the first ones, and the number of the others."""

    causes: tuple[str, ...] = ()
    more: int = 0


class PolicyPart(msgspec.Struct, frozen=True, kw_only=True, tag="policy"):
    """The register that holds; its kinds and places have parts of their own."""

    hash: str
    masks: tuple[Mask, ...] = ()
    near: tuple[Near, ...] = ()
    strict: bool = False


class ActsPart(msgspec.Struct, frozen=True, kw_only=True, tag="acts"):
    """Marks of the acts that were judged last: the same act twice is one act."""

    seen: tuple[int, ...] = ()


Part = (
    AlarmPart
    | SourcePart
    | HandOverPart
    | ShiftHandoverPart
    | FloodPart
    | HidingPart
    | IncidentPart
    | MembersPart
    | TracesPart
    | PolicyPart
    | ActsPart
    | Kind
    | Place
    | SilencePart
    | SilencesPart
)
