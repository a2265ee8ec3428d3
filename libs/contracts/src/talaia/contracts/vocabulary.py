"""Enumerations and units that every part of Talaia names alike. `docs/glossary.md` explains the words."""

from enum import IntEnum, StrEnum


class Quantity(StrEnum):
    """What a sensor measures."""

    LEVEL = "level"
    RAINFALL = "rainfall"
    FLOW = "flow"


class Unit(StrEnum):
    """The one unit in which a quantity travels on the bus."""

    METRE = "m"
    MILLIMETRE = "mm"
    CUBIC_METRE_PER_SECOND = "m3/s"


UNIT_OF: dict[Quantity, Unit] = {
    Quantity.LEVEL: Unit.METRE,
    Quantity.RAINFALL: Unit.MILLIMETRE,
    Quantity.FLOW: Unit.CUBIC_METRE_PER_SECOND,
}


class Flag(IntEnum):
    """QARTOD quality flag of a reading (IOOS, Manual for Real-Time Quality Control)."""

    GOOD = 1
    NOT_EVALUATED = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


class SiteKind(StrEnum):
    """What a waste-water site is."""

    STORAGE_TANK = "storage_tank"
    PIPE_CSO = "pipe_cso"


class Method(StrEnum):
    """How a forecast was made."""

    GREY_BOX = "grey_box"
    LINEAR = "linear"


class SignalState(StrEnum):
    """What a signal says of its condition; `realised`: a forecast became actual."""

    BEGAN = "began"
    CHANGED = "changed"
    ENDED = "ended"
    REALISED = "realised"


class Priority(StrEnum):
    """Alarm priority by ISA-18.2, from consequence and time to respond; ordered by `rank`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return _RANKS[self]


_RANKS = {Priority.LOW: 0, Priority.MEDIUM: 1, Priority.HIGH: 2, Priority.CRITICAL: 3}


class Verb(StrEnum):
    """What a person does to an alarm."""

    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    RESET = "reset"
    NOTE = "note"


class Role(StrEnum):
    """Who may do what; each role may do what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ENGINEER = "engineer"


class Clock(StrEnum):
    """Whether time passes by the wall or by the recording that is replayed."""

    WALL = "wall"
    REPLAY = "replay"


class Access(StrEnum):
    """Who may read a topic."""

    PUBLIC = "public"
    OPERATIONAL = "operational"
    RESTRICTED = "restricted"
