"""Enumerations and units that every part of Talaia names alike. `docs/glossary.md` explains the words."""

from enum import IntEnum, StrEnum


class Quantity(StrEnum):
    """What a sensor measures. `rainfall`: what fell since the reading before; `rainfall_total`: since the gauge began."""

    LEVEL = "level"
    RAINFALL = "rainfall"
    RAINFALL_TOTAL = "rainfall_total"
    FLOW = "flow"
    VELOCITY = "velocity"
    PUMP_COMMAND = "pump_command"
    PUMP_RUNNING = "pump_running"
    PUMP_POWER = "pump_power"
    GAS_H2S = "gas_h2s"
    GAS_CH4 = "gas_ch4"
    GAS_O2 = "gas_o2"
    BATTERY = "battery"
    MAINS_POWER = "mains_power"


class Unit(StrEnum):
    """The one unit in which a quantity travels on the bus. `state`: 1 on, 0 off."""

    METRE = "m"
    MILLIMETRE = "mm"
    CUBIC_METRE_PER_SECOND = "m3/s"
    METRE_PER_SECOND = "m/s"
    STATE = "1"
    KILOWATT = "kW"
    PARTS_PER_MILLION = "ppm"
    PERCENT_LEL = "%LEL"
    PERCENT = "%"
    VOLT = "V"


UNIT_OF: dict[Quantity, Unit] = {
    Quantity.LEVEL: Unit.METRE,
    Quantity.RAINFALL: Unit.MILLIMETRE,
    Quantity.RAINFALL_TOTAL: Unit.MILLIMETRE,
    Quantity.FLOW: Unit.CUBIC_METRE_PER_SECOND,
    Quantity.VELOCITY: Unit.METRE_PER_SECOND,
    Quantity.PUMP_COMMAND: Unit.STATE,
    Quantity.PUMP_RUNNING: Unit.STATE,
    Quantity.PUMP_POWER: Unit.KILOWATT,
    Quantity.GAS_H2S: Unit.PARTS_PER_MILLION,
    Quantity.GAS_CH4: Unit.PERCENT_LEL,
    Quantity.GAS_O2: Unit.PERCENT,
    Quantity.BATTERY: Unit.VOLT,
    Quantity.MAINS_POWER: Unit.STATE,
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
    PUMP_STATION = "pump_station"
    MANHOLE = "manhole"
    OUTFALL = "outfall"


class Method(StrEnum):
    """How a forecast was made."""

    GREY_BOX = "grey_box"
    LINEAR = "linear"
    LOGISTIC = "logistic"


class Rule(StrEnum):
    """A rule of the overflow forecast: of the next half hour, or of the next hour."""

    WARNING = "warning"
    WATCH = "watch"


class Verdict(StrEnum):
    """What became of a forecast: it came true, an overflow was not foreseen, or none came."""

    HIT = "hit"
    MISS = "miss"
    FALSE_ALARM = "false alarm"


class VolumeMethod(StrEnum):
    """How the volume of a spill was worked out: by the weir's formula, by its table, or not at all."""

    WEIR = "weir"
    TABLE = "table"
    NOT_KNOWN = "not known"


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
    """What a person does to an alarm, an incident, a source."""

    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    TAKE_OUT_OF_SERVICE = "take_out_of_service"
    RETURN_TO_SERVICE = "return_to_service"
    ASSIGN = "assign"
    NOTE = "note"
    VERDICT = "verdict"
    CLOSE_INCIDENT = "close_incident"
    MERGE = "merge"
    SPLIT = "split"
    RETIRE_SOURCE = "retire_source"


class HandoverSide(StrEnum):
    """Who signs the report of a shift: the one who goes, or the one who comes."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"


class OperatorVerdict(StrEnum):
    """What a person says of an alarm, or of a forecast, afterwards: it was so, it was not, nobody can tell."""

    TRUE = "true"
    FALSE = "false"
    UNCLEAR = "unclear"


class Certainty(StrEnum):
    """How sure an incident is: one source says so, another thing of its domain too, another domain too; a person says so, or
    the forecast came true; a person says that it is not so."""

    SINGLE_SOURCE = "single_source"
    CORROBORATED = "corroborated"
    CORROBORATED_ACROSS_DOMAINS = "corroborated_across_domains"
    CONFIRMED = "confirmed"
    DENIED = "denied"


class MaskScope(StrEnum):
    """Whom a cause that stands hides: what follows from it at its site, downstream, on its line, anywhere in the area."""

    SAME_SITE = "same_site"
    SITE_AND_DOWNSTREAM = "site_and_downstream"
    SAME_LINE = "same_line"
    SAME_AREA = "same_area"


class Role(StrEnum):
    """Who may do what; each role may do what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ENGINEER = "engineer"

    @property
    def rank(self) -> int:
        """0 for who only reads."""
        return _ROLES.index(self)


_ROLES = tuple(Role)


class Clock(StrEnum):
    """Whether time passes by the wall or by the recording that is replayed."""

    WALL = "wall"
    REPLAY = "replay"


class Access(StrEnum):
    """Who may read a topic."""

    PUBLIC = "public"
    OPERATIONAL = "operational"
    RESTRICTED = "restricted"
