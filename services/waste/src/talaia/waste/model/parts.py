"""State in parts, each far under 16 KB encoded: the catchment, a gauge's rain, a site with its sensors and its forecast."""

from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import Flag, Quantity, Rule
from talaia.waste.model.battery import BatteryPart
from talaia.waste.model.catchment import Gauge, Site
from talaia.waste.model.conditions import Condition
from talaia.waste.model.dry import DryPart, NightsPart, ProfilePart
from talaia.waste.model.events import Measurement
from talaia.waste.model.flashy import Flashy, FlashyPart
from talaia.waste.model.gas import GasPart
from talaia.waste.model.outlook import OutlookPart, Told
from talaia.waste.model.pumps import PumpPart, StationPart
from talaia.waste.model.rainfall import MixturesPart, RainPart, WetDaysPart
from talaia.waste.model.score import ScorePart
from talaia.waste.model.spills import RainDay, SpillPart

PART_FORMAT = 1
CATCHMENT = "catchment"
TRAIL_SAMPLES = 12
SEEN_SAMPLES, SEEN_OF_OTHERS = 72, 12
"""So many last samples of a gauge or level are known again, and of any other sensor: what it says twice changes little."""


def gauge_part(gauge: str) -> str:
    """Name of a gauge's part."""
    return f"gauge/{gauge}"


def sensor_part(site: str, sensor: str) -> str:
    """Name of the part of a sensor."""
    return f"sensor/{site}/{sensor}"


def site_part(site: str) -> str:
    """Name of a site's part."""
    return f"site/{site}"


class CatchmentPart(msgspec.Struct, frozen=True, kw_only=True, tag="catchment"):
    """What its sites share; it is woken to say that the source is alive. silent_sites: how many were so then.

    open: ids of the conditions that stand, None when they are too many to be kept here, or were not counted yet.
    """

    catchment: str
    area: str
    hash: str
    gauges: tuple[Gauge, ...]
    zone: str = "UTC"
    silent_sites: int = 0
    open: tuple[str, ...] | None = None
    conditions: dict[str, Condition] = {}


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """A level at a time, as far as it is judged."""

    time: datetime
    value: float
    flag: Flag

    @property
    def usable(self) -> bool:
        """Good, or not yet judged: a storm rises too."""
        return self.flag <= Flag.NOT_EVALUATED


class Marks(msgspec.Struct, frozen=True, array_like=True):
    """Of the last samples of a sensor, four bytes each. newest_s: time of the newest of all, seconds since 1970."""

    marks: bytes = b""
    newest_s: float = 0.0


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """The last level that stands, and the slope up to it, a second."""

    time: datetime
    value: float
    slope: float = 0.0


class Stillness(msgspec.Struct, frozen=True, array_like=True):
    """Since when, at which value, and for how many samples a sensor has not changed; how often it usually does not.

    samples: of the first hours alone, so that one long standstill teaches no more than any. quiet: share of samples
    equal to the one before, learnt when a standstill is over.
    """

    since: datetime
    value: float
    samples: int = 0
    quiet: float = 0.0


class Sensor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Quality-control state of one sensor.

    marks: of its last samples. heard: when the last came that it calls good itself; silent_from: when it counts as silent
    if nothing else comes, None while nobody knows its interval. last, value: time and value of its last sample. interval_s:
    its own interval, 0 while unknown. bad: share of bad samples in the last day; beyond: so many of the last in a row were
    out of range.
    Of a level: stands, still: see there. noise: how far samples are usually off what was to be expected, usual: off the one
    before, in metres. pending: a jump that waits for the next sample to be judged.
    """

    marks: Marks = Marks()
    heard: datetime | None = None
    silent_from: datetime | None = None
    last: datetime | None = None
    value: float = 0.0
    interval_s: float = 0.0
    bad: float = 0.0
    beyond: int = 0
    stands: Standing | None = None
    still: Stillness | None = None
    noise: float = 0.0
    usual: float = 0.0
    pending: Measurement | None = None


class Count(msgspec.Struct, frozen=True, array_like=True):
    """What a gauge that counts on and on had counted at a time."""

    time: datetime
    total_mm: float


class GaugePart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="gauge"):
    """Recent rain of one gauge. rain: millimetres by slot as little-endian float64, the last is `slot` (slots since 1970).

    A slot without a reading is NaN. count: its newest, of a gauge that counts on and on. nowcasts: of the last hour, the
    slot in which each was issued and the millimetres of the slots after it.
    """

    gauge: str
    sensors: dict[str, Sensor] = {}
    rain: bytes = b""
    slot: int = 0
    count: Count | None = None
    nowcasts: tuple[tuple[int, bytes], ...] = ()
    conditions: dict[str, Condition] = {}


class Model(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Forecast state of one tank; arrays as little-endian float64.

    weights, covariance: of the recursive least squares. features: of the last slot, to learn from its outcome.
    levels: of the last four closed slots, oldest first. slot: the last closed one. came: of the rain that was reckoned with,
    as `decide.rain_share` keeps it. learnt: steps learnt.
    """

    weights: bytes
    covariance: bytes
    features: bytes = b""
    levels: tuple[float, ...] = ()
    slot: int = 0
    dry_level_m: float = 0.0
    came: tuple[float, float] = (0.0, 0.0)
    learnt: int = 0


class SitePart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="site"):
    """A site; it is woken when a slot of its forecast is to be closed. trail: its last levels in order of time.

    differ_since: when two of its level sensors began to differ by more than their accuracy, None while they do not.
    told: what it was told last. watched, expected, started: its overflow within an hour, within half an hour, and now.
    advisory: rules of these that were wrong too often here. conditions: all else of the site and its sensors, by condition
    id.
    """

    site: Site
    sensors: dict[str, Sensor] = {}
    differ_since: datetime | None = None
    trail: tuple[Sample, ...] = ()
    model: Model | None = None
    told: Told | None = None
    flashy: Flashy | None = None
    watched: Condition = Condition()
    expected: Condition = Condition()
    started: Condition = Condition()
    advisory: tuple[Rule, ...] = ()
    conditions: dict[str, Condition] = {}


class SensorPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="sensor"):
    """A sensor of a site: its conditions, and itself in `sensors` if it does not measure the level: gas, battery, flow ..."""

    site: str
    quantity: Quantity = Quantity.FLOW
    sensors: dict[str, Sensor] = {}
    conditions: dict[str, Condition] = {}


Part = (
    CatchmentPart
    | GaugePart
    | SitePart
    | SensorPart
    | ScorePart
    | OutlookPart
    | PumpPart
    | StationPart
    | DryPart
    | ProfilePart
    | NightsPart
    | GasPart
    | BatteryPart
    | FlashyPart
    | RainPart
    | MixturesPart
    | RainDay
    | WetDaysPart
    | SpillPart
)
Holder = (
    CatchmentPart
    | GaugePart
    | SitePart
    | SensorPart
    | ScorePart
    | PumpPart
    | StationPart
    | DryPart
    | GasPart
    | BatteryPart
    | WetDaysPart
    | SpillPart
)
"""Parts that own conditions, by condition id."""
Keeper = GaugePart | SitePart | SensorPart
"""Parts that keep sensors."""
