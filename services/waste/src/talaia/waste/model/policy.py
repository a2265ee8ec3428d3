"""The thresholds of every rule, in one place. Shares are of the crest unless said otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from talaia.contracts.vocabulary import Quantity
from talaia.waste.model.rain_policy import GaugePolicy, NowcastPolicy, PersistencePolicy
from talaia.waste.model.site_policy import BatteryPolicy, ComparisonPolicy, EquipmentPolicy, GasPolicy, SewerPolicy, SpillPolicy

POSSIBLE: Mapping[Quantity, tuple[float, float]] = MappingProxyType(
    {
        Quantity.RAINFALL: (0.0, 50.0),
        Quantity.RAINFALL_TOTAL: (0.0, 1e7),
        Quantity.FLOW: (-1_000.0, 1_000.0),
        Quantity.VELOCITY: (-20.0, 20.0),
        Quantity.PUMP_COMMAND: (0.0, 1.0),
        Quantity.PUMP_RUNNING: (0.0, 1.0),
        Quantity.PUMP_POWER: (0.0, 10_000.0),
        Quantity.GAS_H2S: (0.0, 2_000.0),
        Quantity.GAS_CH4: (0.0, 100.0),
        Quantity.GAS_O2: (0.0, 30.0),
        Quantity.BATTERY: (0.0, 100.0),
        Quantity.MAINS_POWER: (0.0, 1.0),
    }
)
"""Gross range of what sensors can measure, in the quantity's unit."""


@dataclass(frozen=True, kw_only=True)
class QualityPolicy:
    """Quality control (QARTOD tests for water level).

    level_min_m (from the site's bottom), level_max_crests: gross range of a level; ranges: of all else; a configured
    range goes before them. spike_min_m, spike_noises: a jump is larger than both the fixed height and so many times the
    sensor's own noise; a spike is also so many times (spike_changes) what the level changes around it, storm_changes
    in a pipe where that is storm_usual times the usual change.
    flat_after: no change beyond flat_resolution for so long, and for so many samples that of this sensor's habit it
    had a smaller chance than flat_chance; stuck_after: the same at the end of a configured range; at_rest: a level under
    this share of the crest may stand still. gap_intervals: silence of so many intervals, at least gap_min, makes the
    next sample wait for another, and the sensor silent.
    spiking_from, spiking_to: the share of bad samples in the last spiking_over with which a sensor begins and ceases to
    count as spiking. beyond_samples: so many samples in a row out of range are a fault of the sensor.
    """

    level_min_m: float = -0.5
    level_max_crests: float = 2.0
    ranges: Mapping[Quantity, tuple[float, float]] = field(default_factory=lambda: POSSIBLE)
    spike_min_m: float = 0.15
    spike_noises: float = 6.0
    spike_changes: float = 2.0
    storm_changes: float = 12.0
    storm_usual: float = 4.0
    flat_after: timedelta = timedelta(hours=3)
    flat_resolution: float = 0.0005
    flat_chance: float = 1e-6
    stuck_after: timedelta = timedelta(minutes=30)
    at_rest: float = 0.04
    gap_intervals: float = 3.0
    gap_min: timedelta = timedelta(minutes=15)
    spiking_from: float = 0.05
    spiking_to: float = 0.02
    spiking_over: timedelta = timedelta(days=1)
    beyond_samples: int = 3


@dataclass(frozen=True, kw_only=True)
class ForecastPolicy:
    """The overflow forecast.

    A path warns when it reaches the crest, clearing it by clearance_a_step (crests) for each step but the first; hold: and
    until it falls under this share of it. reach: from this share on a crest counts as reached by a level, for levels
    saturate there, and a path is watched. forget: of the recursive least squares, a step. prior_variance, most_variance: of
    a coefficient, before anything is learnt and however long nothing excites it.
    trusted_steps: learnt steps before the grey box is believed. learn_from, learn_to, learn_change: between which levels,
    and up to which change in a step, something is learnt. rain_share_kept: of what is known of the rain that comes in, a
    step; rain_share_doubt: square of a change that says little of it, crests. cap: of the path. level_age: without a good
    level for so long nothing is said. false_after: a warning whose time passed by so long without overflow ends.
    """

    reach: float = 0.995
    clearance_a_step: float = 0.004
    hold: float = 0.93
    forget: float = 0.99995
    trusted_steps: int = 300
    prior_variance: float = 50.0
    most_variance: float = 5_000.0
    learn_from: float = 0.04
    learn_to: float = 0.985
    learn_change: float = 0.5
    rain_share_kept: float = 0.85
    rain_share_doubt: float = 0.01
    cap: float = 1.05
    dry_level_step_m: float = 0.0001
    dry_level_quantile: float = 0.2
    linear_min_slope: float = 0.0004
    level_age: timedelta = timedelta(minutes=60)
    false_after: timedelta = timedelta(minutes=60)


@dataclass(frozen=True, kw_only=True)
class OutlookPolicy:
    """How sure a forecast is, and how fast that is learnt.

    time_ratios: first, fifth and ninth decile of the true time to overflow over the path's, odds: logarithms at half an hour
    and for each e-fold sooner, widths_a_step: half widths of the fan under and over, crests, by case; all as they are
    believed at first. time_step, odds_step: a forecast; there is one a slot, and those of one storm err alike. fan_step: a
    path; there is one an hour. far_min: who forecasts more is not judged. blind_after: without a level for so long the
    truth is not known.
    """

    time_ratios: tuple[float, float, float] = (0.4, 0.8, 1.5)
    odds: tuple[float, float] = (0.0, 2.0)
    widths_a_step: tuple[tuple[float, float], ...] = ((0.001, 0.001), (0.006, 0.02), (0.02, 0.02))
    time_step: float = 0.02
    odds_step: float = 0.01
    fan_step: float = 0.1
    far_min: float = 180.0
    blind_after: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class FlashyPolicy:
    """The overflow forecast of sites that answer within minutes.

    warn, hold: probabilities from which a warning begins and stands, once more than trusted_examples are learnt.
    crest: a share of the crest that counts as reached. horizon_slots: within so many slots the crest follows, or does
    not. rest_slots: nothing is learnt for so long after an overflow. worth: slots less likely to be followed by one are
    learnt from only once in idle_slots. rare: log-odds of an overflow before anything is known; *_variance: how unsure
    the weights, rare and a site's own offset are then. least_variance: of an outcome, so that one never thought possible
    does not throw the weights about.
    """

    warn: float = 0.3
    hold: float = 0.15
    trusted_examples: int = 100
    crest: float = 0.985
    horizon_slots: int = 4
    rest_slots: int = 6
    worth: float = 0.005
    idle_slots: int = 12
    rare: float = -4.0
    rare_variance: float = 1.0
    prior_variance: float = 2.0
    offset_variance: float = 1.0
    least_variance: float = 0.01


@dataclass(frozen=True, kw_only=True)
class SignalPolicy:
    """When a signal is worth sending.

    start, end: an overflow starts with the first of two samples running at or over `start`, and is over when two are
    under `end`; `running`: samples further apart are no pair. urgent_min: less time left is of high priority.
    people_from: a spill that reaches so many, a block of houses, is one priority higher.
    moved_min, or moved_share of the time left but at least moved_floor_min: the time to overflow changed enough to matter;
    moved_probability: its probability rose by so much, or fell by twice as much, so that one that swings is not said again
    and again. valid_for, renew_before: a word is good for so long, and said again so long before it expires; one that was not
    is said to be unknown from unknown_before its end on. high_margin: a high level is over when it is so much under its
    limit, share of the depth. alive_every, alive_ids: how often the source
    says that it is alive, and how many open conditions at most in one word, as readers take them.
    """

    start: float = 0.995
    end: float = 0.985
    running: timedelta = timedelta(minutes=60)
    urgent_min: float = 15.0
    people_from: int = 100
    moved_min: float = 10.0
    moved_share: float = 0.25
    moved_floor_min: float = 2.5
    moved_probability: float = 0.15
    valid_for: timedelta = timedelta(minutes=30)
    renew_before: timedelta = timedelta(minutes=12)
    unknown_before: timedelta = timedelta(minutes=6)
    alive_every: timedelta = timedelta(seconds=60)
    alive_ids: int = 2_000
    high_margin: float = 0.02
    rule_version: str = "1"


@dataclass(frozen=True, kw_only=True)
class ScorePolicy:
    """How forecasts are scored, as `score_alerts` of the project's benchmarks does it.

    same_overflow: one that begins so soon after another belongs to it. late_by: a spell that ended so long before an
    overflow still foresaw it; longest_lead: one that began longer before did not. comes_true_within: without overflow
    for so long after its end a spell was a false alarm. same_spell: one that begins again so soon goes on.
    recent: so many of the last spells count; with enough of them, a rule whose share of false alarms is over its limit
    becomes advisory.
    """

    same_overflow: timedelta = timedelta(minutes=120)
    late_by: timedelta = timedelta(minutes=15)
    longest_lead: timedelta = timedelta(minutes=180)
    comes_true_within: timedelta = timedelta(minutes=60)
    same_spell: timedelta = timedelta(minutes=30)
    recent: int = 20
    enough: int = 10
    warning_limit: float = 0.35
    watch_limit: float = 0.6


@dataclass(frozen=True, kw_only=True)
class Policy:
    """All thresholds of the domain, and what is accepted at all.

    look_round_every_min: how often is looked for what did not happen, as a reading that did not come.
    future_limit, age_limit: how far a measurement's time may lie after and before its recorded time.
    sensor_silent: a sensor silent for longer makes room for another. levels_per_site, other_sensors_per_site: so many
    sensors a site has at most; a gauge has one. counter_silent: after so long without a count nobody knows when what was
    counted fell. counter_rounding_mm: a count may fall by so much and be the same.
    id_characters: of a catchment, area or site; thing_characters: of a site and a pump or sensor there together; so that
    the names made of them stay short enough for readers.
    names_bytes, site_bytes, catchment_bytes, mixtures_bytes: what may be written into a part, so that it stays under its limit.
    """

    quality: QualityPolicy = QualityPolicy()
    forecast: ForecastPolicy = ForecastPolicy()
    outlook: OutlookPolicy = OutlookPolicy()
    flashy: FlashyPolicy = FlashyPolicy()
    gauges: GaugePolicy = field(default_factory=GaugePolicy)
    persistence: PersistencePolicy = field(default_factory=PersistencePolicy)
    nowcast: NowcastPolicy = field(default_factory=NowcastPolicy)
    signal: SignalPolicy = SignalPolicy()
    score: ScorePolicy = ScorePolicy()
    equipment: EquipmentPolicy = field(default_factory=EquipmentPolicy)
    sewer: SewerPolicy = field(default_factory=SewerPolicy)
    comparison: ComparisonPolicy = field(default_factory=ComparisonPolicy)
    gas: GasPolicy = field(default_factory=GasPolicy)
    battery: BatteryPolicy = field(default_factory=BatteryPolicy)
    spill: SpillPolicy = field(default_factory=SpillPolicy)
    look_round_every_min: int = 5
    future_limit: timedelta = timedelta(seconds=60)
    age_limit: timedelta = timedelta(days=30)
    levels_per_site: int = 4
    other_sensors_per_site: int = 16
    sensor_silent: timedelta = timedelta(hours=1)
    counter_silent: timedelta = timedelta(hours=1)
    counter_rounding_mm: float = 1.0
    id_characters: int = 100
    thing_characters: int = 160
    names_bytes: int = 300
    site_bytes: int = 2_400
    mixtures_bytes: int = 16_000
    catchment_bytes: int = 12_000
