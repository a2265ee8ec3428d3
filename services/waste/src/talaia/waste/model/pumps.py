"""State of a pumping station: a part for each pump, and one for what its pumps share."""

from datetime import datetime

import msgspec

from talaia.waste.model.conditions import Condition


def pump_part(site: str, pump: str) -> str:
    """Name of a pump's part."""
    return f"pump/{site}/{pump}"


def station_part(site: str) -> str:
    """Name of the part of what the pumps of a site share."""
    return f"station/{site}"


class Turn(msgspec.Struct, frozen=True, array_like=True):
    """One sample of something that is on or off."""

    time: datetime
    on: bool


class Spell(msgspec.Struct, frozen=True, array_like=True):
    """From when to when a condition stood, by the time of the samples that show it; until is None while it stands."""

    since: datetime
    until: datetime | None = None


class PumpPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="pump"):
    """A pump.

    asked, ran: its command and its feedback, as seen. starts: its last starts, seconds since 1970 as little-endian uint32;
    starts_of_day: the last day, counted from the year 1 in the city's zone, and its starts; ran_s: seconds that it was seen
    running, ever. Flows are metres of level a minute, arrays little-endian float32: unmeasured: the last switch, while the
    level has not shown the flow yet; flow_at_start: what the last start showed; flows: of the last usual cycles; flow: of
    the last cycle; stops_m: levels at which it stopped when it was told to. shortfall: what the flow lacks, added up in
    standard deviations. spells: the last one of each kind of condition.
    """

    site: str
    pump: str
    asked: tuple[Turn, ...] = ()
    ran: tuple[Turn, ...] = ()
    starts: bytes = b""
    starts_of_day: tuple[int, int] = (0, 0)
    ran_s: float = 0.0
    unmeasured: Turn | None = None
    flow_at_start: float | None = None
    flow: float | None = None
    flows: bytes = b""
    stops_m: bytes = b""
    shortfall: float = 0.0
    conditions: dict[str, Condition] = {}
    spells: dict[str, Spell] = {}


class StationPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="station"):
    """What the pumps of a site share. mains: the power, as its own sensor saw it. spells: as of a pump."""

    site: str
    mains: tuple[Turn, ...] = ()
    conditions: dict[str, Condition] = {}
    spells: dict[str, Spell] = {}
