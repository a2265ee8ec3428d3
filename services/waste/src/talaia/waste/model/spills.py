"""The record of a site's spills, as the step keeps it. Moments are in seconds since 1970, which costs little to compare."""

import math

import msgspec

from talaia.waste.model.conditions import Condition


def spill_part(site: str) -> str:
    """Name of the part that holds the record of a site's spills."""
    return f"spill/{site}"


def rainday_part(gauge: str) -> str:
    """Name of the part that holds the last days of rain of a gauge."""
    return f"gauge/{gauge}/days"


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """Between two samples of a spill that lie too far apart: nobody knows what the level was."""

    start_s: float
    end_s: float


class Water(msgspec.Struct, frozen=True, array_like=True):
    """Water over the weir of a spill.

    flow_m3_per_s: at the sample before the last. m3: up to there; m3_to_end: up to the end of the spill. high_*: the
    same, were every level higher by the sensor's accuracy. since_s: from when on it is counted; before that no law was
    known.
    """

    flow_m3_per_s: float
    high_m3_per_s: float
    m3: float = 0.0
    high_m3: float = 0.0
    m3_to_end: float = 0.0
    high_m3_to_end: float = 0.0
    since_s: float = -math.inf


class Spill(msgspec.Struct, frozen=True, array_like=True):
    """A spill. end_s: the first sample under the crest after the last one at it; water: None without a weir law."""

    start_s: float
    end_s: float | None = None
    gaps: tuple[Gap, ...] = ()
    water: Water | None = None


class Course(msgspec.Struct, frozen=True, array_like=True):
    """How the level of a site went up to a sample: its last two, the spill that is open, and those that are over.

    waits: whether the last sample is at the crest and waits for a second one. under: whether it is a first one that is
    far enough under the crest.
    """

    time_s: float = -math.inf
    level_m: float = 0.0
    before_s: float = -math.inf
    before_m: float = 0.0
    waits: bool = False
    under: bool = False
    open: Spill | None = None
    over: tuple[Spill, ...] = ()


class Blocks(msgspec.Struct, frozen=True, array_like=True):
    """The 12/24 count of one year so far. until_s: end of the last block that counted."""

    year: int = 0
    counted: int = 0
    until_s: float = -math.inf


class RainDay(msgspec.Struct, frozen=True, kw_only=True, tag="rainday"):
    """The last two days of rain of a gauge.

    rain_um: micrometres by slot as little-endian uint16, the last is `slot`; empty while none fell. hours: since 1970,
    in which anything was heard.
    """

    gauge: str
    slot: int = 0
    rain_um: bytes = b""
    hours: tuple[int, ...] = ()


class YearCount(msgspec.Struct, frozen=True, array_like=True):
    """Of a spill in one local year. counted: the 12/24 count of its site up to it; duration_s: of the spill in that year."""

    year: int
    counted: int
    duration_s: float


class Watch(msgspec.Struct, frozen=True, array_like=True):
    """For how much of a local month the level of a site was known; the month it was first heard in begins then."""

    start_s: float = 0.0
    end_s: float = 0.0
    known_s: float = 0.0


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """What was last said of one spill. first_s: its start when it was first said, which names it for ever.

    dry, provisional: its weather. counts: of each year it touches. spill: without its water
    while it is open.
    """

    first_s: float
    spill: Spill
    dry: bool | None = None
    provisional: bool = True
    counts: tuple[YearCount, ...] = ()


class SpillPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="spill"):
    """The record of a site's spills; it is woken when the day of a dry one is over.

    sensor: the level sensor it follows. crest_m: by which the course was worked out, None: it is to be. samples: of the last hour
    and a bit in order of time, as little-endian float64 pairs of seconds and metres; before: the course up to the first of them;
    course: up to the last. entries: of the spills that late samples may change, as in `course`; settling: of those before,
    while late rain may change them. blocks: the 12/24 count of those that are no longer in `entries`. watch: of the
    samples before.
    """

    site: str
    sensor: str = ""
    crest_m: float | None = None
    samples: bytes = b""
    before: Course = Course()
    course: Course = Course()
    entries: tuple[Entry, ...] = ()
    settling: tuple[Entry, ...] = ()
    blocks: Blocks = Blocks()
    watch: Watch = Watch()
    conditions: dict[str, Condition] = {}
