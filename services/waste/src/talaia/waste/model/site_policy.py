"""The thresholds of what is watched at a site besides its overflow: pumps, dry weather, gas, batteries, spills."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class SewerPolicy:
    """Dry weather of a sewer.

    known_days: medians of a half hour from which it is compared; spread_min: least spread around the usual level, share
    of the crest. rain_mm: more in a half hour is rain. response_half_hours: a rise comes by then. least_half_hours,
    unlearnt_half_hours: rain explains an excess for so long at least, and at most or while fewer than known_recoveries
    of the kept_recoveries are known; recovery_stretch: times the usual recovery. recovered: spreads under which a site
    is back. dry_half_hours: without rain, before the usual level is known. excess_most, slack, limit: of the cumulative
    sum, in spreads; fade_in_rain: what is left of it after a half hour that rain explains.
    dry_day_half_hours, week_nights: what makes a dry day, a week. season_weeks, season_least_weeks: what a week is
    compared with; seeping: its excess that is worth a word, share of the crest.
    drift_nights: dry nights of each of the three parts of a drift; drift_share, drift_least_m: from part to part a sensor
    that drifts moves more than either, share of the depth; drift_shared: share of a move that neighbours may have made too.
    drift_neighbours: so many are needed, drift_neighbours_most are asked; neighbours_dry: share of them for which a day
    is dry, so that it is for all.
    """

    known_days: int = 7
    spread_min: float = 0.01
    rain_mm: float = 0.1
    response_half_hours: int = 4
    least_half_hours: int = 6
    unlearnt_half_hours: int = 144
    known_recoveries: int = 7
    kept_recoveries: int = 20
    recovery_stretch: float = 1.5
    recovered: float = 1.0
    dry_half_hours: int = 48
    excess_most: float = 3.0
    slack: float = 1.0
    limit: float = 16.0
    fade_in_rain: float = 0.97
    dry_day_half_hours: int = 40
    week_nights: int = 3
    season_weeks: int = 13
    season_least_weeks: int = 8
    seeping: float = 0.005
    drift_nights: int = 5
    drift_share: float = 0.004
    drift_least_m: float = 0.01
    drift_shared: float = 0.5
    drift_neighbours: int = 2
    drift_neighbours_most: int = 12
    neighbours_dry: float = 0.75


@dataclass(frozen=True, kw_only=True)
class ComparisonPolicy:
    """Two level sensors of one site. least_m, share: they differ from the greater of both on, share of the depth.

    Each may be off by its accuracy, 1 cm or 1 % of what it spans, and as much again by how it is mounted and by waves.
    told_after: they differ for longer than a storm or a cleaning lasts. over_share: under this share of it they agree.
    """

    least_m: float = 0.05
    share: float = 0.04
    told_after: timedelta = timedelta(hours=6)
    over_share: float = 0.5


@dataclass(frozen=True, kw_only=True)
class GasPolicy:
    """Limits of gases: methane in percent of the lower explosive limit, oxygen in percent of volume.

    samples_within: so many in a row within the limit end a confirmed danger. sample_age: without a sample for so long
    it is not said again.
    """

    h2s_ppm: float = 5.0
    h2s_worst_ppm: float = 10.0
    ch4_percent_lel: float = 10.0
    oxygen_percent: float = 19.5
    samples_within: int = 2
    sample_age: timedelta = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class BatteryPolicy:
    """Batteries. half_life: of what a voltage was, when it is smoothed, so that sun and cold of a day do not matter.

    low, charged: shares of the best voltage under which a battery is low, and over which it is not any more.
    silent_after: of one that says nothing for so long nothing is said.
    """

    half_life: timedelta = timedelta(days=1)
    low: float = 0.9
    charged: float = 0.95
    silent_after: timedelta = timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class EquipmentPolicy:
    """Pumps and their power.

    running_kw: a pump that takes less rests. feedback_after: a pump that is asked answers within this time. late_by: what
    would be later than this is not merely late. drives: a pump that runs moves at least this share of its own flow;
    own_cycles: from so many cycles its own flow is known, before that the rated one is taken. rises: a pump without
    feedback is judged after so many intervals of level. full: at this share of the crest the level shows no flow.
    flows: cycles of which the usual flow is the median; judged_from: known cycles before one is judged; scatter: the least
    standard deviation, as a share of the usual flow. worst, allowed, limit, over: each cycle adds the standard deviations
    that it lacks, `worst` at most, less `allowed`; the sum tells at `limit` and no longer under `over`.
    long_run: of a pump without a rest. most_starts, starts_within: more starts in this time are too many.
    unused_starts: so many starts of other pumps in a row leave a pump unused.
    """

    running_kw: float = 0.2
    feedback_after: timedelta = timedelta(seconds=90)
    late_by: timedelta = timedelta(minutes=61)
    drives: float = 1 / 3
    own_cycles: int = 8
    rises: int = 3
    full: float = 0.98
    flows: int = 60
    judged_from: int = 20
    scatter: float = 0.04
    worst: float = 5.0
    allowed: float = 1.5
    limit: float = 12.0
    over: float = 6.0
    long_run: timedelta = timedelta(hours=2)
    most_starts: int = 15
    starts_within: timedelta = timedelta(hours=1)
    unused_starts: int = 8


@dataclass(frozen=True, kw_only=True)
class SpillPolicy:
    """The record of spills; it starts and ends them as SignalPolicy says.

    possible_crests, possible_margin_m: a level above so many crests and so much is no water, and left out.
    level_accuracy_m: of a level sensor of which the city says none (`accuracy_m`), for the uncertainty of volumes.
    dry_mm: so much rain is none.
    """

    possible_crests: float = 1.3
    possible_margin_m: float = 0.2
    level_accuracy_m: float = 0.01
    dry_mm: float = 0.25
