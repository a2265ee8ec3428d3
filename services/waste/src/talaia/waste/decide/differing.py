"""Two level sensors of one site that differ, good as both are: one of them is off, and only a hand can tell which.

Asked at each look round, of the last level of each that stands, so late readings have no part in it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import msgspec

from talaia.contracts.vocabulary import Priority, Unit
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.holding import hold, is_open
from talaia.waste.decide.quality.gap import longest_silence
from talaia.waste.decide.rules import Round
from talaia.waste.decide.sensors import owner_of, stands_open
from talaia.waste.model.conditions import SENSOR_DRIFTING, SENSOR_FLAT, of_site
from talaia.waste.model.outcomes import Evidence, Observation, Signal, Step
from talaia.waste.model.parts import Part, SitePart, Standing, site_part
from talaia.waste.model.policy import Policy


class Pair(NamedTuple):
    """The lowest and the highest of a site's sensors, by id, and the level of each that stands.

    moved_m: how far the water itself may have moved between the two samples, metres.
    """

    low: tuple[str, Standing]
    high: tuple[str, Standing]
    moved_m: float

    @property
    def apart_m(self) -> float:
        """How far they are apart, less what the water may have moved."""
        return self.high[1].value - self.low[1].value - self.moved_m


def differing(told: Round) -> Step:
    """Of which sites the level sensors began to differ, or agree again."""
    changed: dict[str, Part | None] = {}
    said: list[Signal] = []
    for keeper in told.keepers.values():
        if not isinstance(keeper, SitePart) or (len(keeper.sensors) < 2 and not keeper.conditions):
            continue
        name = site_part(keeper.site.id)
        before = told.parts[name]
        assert isinstance(before, SitePart)
        at = told.at._replace(cause=f"{name}@{told.at.now.isoformat()}")
        part, words = _judged(before, pair_of(before, told.parts, at), at)
        said += words
        if part is not before:
            changed[name] = part
    said.sort(key=lambda each: each.subject.id)  # parts come in any order after a restart
    return Step(changed=changed, outcomes=tuple(said))


def _judged(part: SitePart, pair: Pair | None, at: Circumstances) -> tuple[SitePart, tuple[Signal, ...]]:
    """The site as it stands now. Nothing is said while fewer than two of its sensors are good; of one alone it is over."""
    subject = of_site(part.site)
    was_open = is_open(part, SENSOR_DRIFTING, subject)
    over = len(part.sensors) < 2
    told_from_m = least_m(part, at.policy)
    apart = pair is not None and pair.apart_m >= (told_from_m * at.policy.comparison.over_share if was_open else told_from_m)
    since = (part.differ_since or at.now) if apart else None
    if since != part.differ_since:
        part = msgspec.structs.replace(part, differ_since=since)
    if pair is None and not over:
        return part, ()
    stands = was_open or (since is not None and at.now - since >= at.policy.comparison.told_after)
    return hold(part, SENSOR_DRIFTING, subject, apart and stands, at, lambda: _why(part, pair, at), priority=Priority.LOW)


def pair_of(part: SitePart, parts: Mapping[str, Part], at: Circumstances) -> Pair | None:
    """The two that are furthest apart, of those whose last sample stands, is no older than a gap and not flat; None of fewer."""
    good = [
        (name, sensor.stands)
        for name, sensor in sorted(part.sensors.items())
        if sensor.stands is not None
        and sensor.stands.time == sensor.last
        and at.now - sensor.stands.time <= longest_silence(sensor.interval_s, at.policy.quality)
        and not stands_open(owner_of(parts, part, name)[1], SENSOR_FLAT, name)
    ]
    if len(good) < 2:
        return None
    low, high = min(good, key=lambda each: each[1].value), max(good, key=lambda each: each[1].value)
    between_s = abs((high[1].time - low[1].time) / timedelta(seconds=1))
    return Pair(low, high, between_s * max(abs(low[1].slope), abs(high[1].slope)))


def least_m(part: SitePart, policy: Policy) -> float:
    """From how many metres on two sensors of a site differ by more than their accuracy."""
    return max(policy.comparison.least_m, policy.comparison.share * (part.site.crest_m - part.site.bottom_m))


def _why(part: SitePart, pair: Pair | None, at: Circumstances) -> Evidence:
    """Both sensors with their values, and what their difference was compared with."""
    both = () if pair is None else (pair.low, pair.high)
    told_from_m, policy = least_m(part, at.policy), at.policy.comparison
    facts: dict[str, float | str] = {} if pair is None else {"apart_m": pair.apart_m, "water_moved_m": pair.moved_m}
    facts |= {} if part.differ_since is None else {"differ_since": part.differ_since.isoformat()}
    return Evidence(
        rule=SENSOR_DRIFTING,
        rule_version=at.policy.signal.rule_version,
        configuration=at.configuration,
        observations=tuple(Observation(name, level.time, level.value, Unit.METRE) for name, level in both),
        thresholds=(
            ("told_from", told_from_m, Unit.METRE),
            ("over_under", told_from_m * policy.over_share, Unit.METRE),
            ("told_after", policy.told_after.total_seconds() / 60, "min"),
        ),
        facts=tuple(sorted(facts.items())),
    )
