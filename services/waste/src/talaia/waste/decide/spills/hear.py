"""The record of spills hears levels and rain, late and out of order as well, and that a day is over."""

import msgspec

from talaia.contracts.vocabulary import Flag, Quantity
from talaia.waste.decide.rules import Closed, Heard, Sequel, Woken
from talaia.waste.decide.spills.dry_condition import dry_weather_spill
from talaia.waste.decide.spills.dry_weather import is_told, rained
from talaia.waste.decide.spills.levels import placed
from talaia.waste.decide.spills.record import Known, left, next_settled_at, with_level, with_weather
from talaia.waste.decide.spills.start_end import Rule
from talaia.waste.decide.spills.volume import law_of
from talaia.waste.decide.standing import any_open
from talaia.waste.decide.zones import zone
from talaia.waste.model.catchment import Site
from talaia.waste.model.outcomes import NOTHING, Outcome, Step
from talaia.waste.model.parts import GaugePart, Part, SitePart, site_part
from talaia.waste.model.policy import QualityPolicy
from talaia.waste.model.site_policy import SpillPolicy
from talaia.waste.model.spills import RainDay, SpillPart, rainday_part, spill_part

_SPILLS = spill_part("")


def level_measured(told: Heard) -> Step:
    """A level takes its place in the record of its site; one that cannot be water has none."""
    measured, policy, name = told.measured, told.policy, spill_part(told.measured.site)
    assert isinstance(told.keeper, SitePart)
    site, level_m = told.keeper.site, measured.value
    crest_m = site.crest_m
    possible_m = policy.spill.possible_crests * crest_m + policy.spill.possible_margin_m
    if not site.bottom_m + policy.quality.level_min_m <= level_m <= possible_m:
        return NOTHING
    part = told.parts.get(name) or SpillPart(site=measured.site)
    assert isinstance(part, SpillPart)
    time_s = told.time_s
    if part.sensor == measured.sensor and part.crest_m == crest_m and level_m < policy.signal.start * crest_m:
        calm = placed(part, time_s, level_m, told.now.timestamp())
        if calm is not None:
            return Step(changed={name: calm})
    followed = _following(part, told)
    if followed is None:
        return NOTHING
    as_it_stands = told.parts[told.holder]
    assert isinstance(as_it_stands, SitePart)
    known = _known(told, as_it_stands, followed.sensor)
    after, said = with_level(followed, time_s, level_m, known)
    return _step(part, after, said, as_it_stands, known)


def rain_measured(told: Heard) -> Step:
    """Rain of a gauge is kept for days, and the weather of spills there looked at again."""
    gauge = told.measured.site
    if told.verdict.flag is not Flag.GOOD or not isinstance(told.keeper, GaugePart):
        return NOTHING
    name = rainday_part(gauge)
    before = told.parts.get(name) or RainDay(gauge=gauge)
    assert isinstance(before, RainDay)
    if is_told(before, told.time_s, told.measured.value):
        return NOTHING
    after = rained(before, told.measured.time, told.measured.value)
    if after is before:
        return NOTHING
    spills = [told.parts[each] for each in sorted(each for each in told.parts if each.startswith(_SPILLS))]
    sequel = Sequel(told.parts, {name: after})
    told = msgspec.structs.replace(told, parts=sequel)
    for part in spills:
        assert isinstance(part, SpillPart)
        if part.entries or part.settling:
            site = told.parts[site_part(part.site)]
            assert isinstance(site, SitePart)
            if site.site.gauge == gauge:
                sequel.add(_in_weather(told, part, site))
    return sequel.step()


def day_over(told: Woken) -> Step:
    """The local day of a dry spill is over: whether it was one is settled."""
    part = told.parts[told.name]
    assert isinstance(part, SpillPart)
    site = told.parts[site_part(part.site)]
    assert isinstance(site, SitePart)
    step, known = _in_weather(told, part, site), _known(told, site, part.sensor)
    after = step.changed.get(told.name, part)
    assert isinstance(after, SpillPart)
    return msgspec.structs.replace(step, wakes={told.name: next_settled_at(after, known)})


def still_dry(told: Closed) -> Step:
    """A dry-weather spill that stands is said again before its word expires, however seldom its level is told."""
    changed: dict[str, Part | None] = {}
    said: list[Outcome] = []
    for site in told.sites:
        name = spill_part(site.site.id)
        part = told.parts.get(name)
        if isinstance(part, SpillPart) and any_open(part.conditions):
            woken = Woken(told.parts, told.catchment, name, told.of(site))
            changed[name], words = dry_weather_spill(part, site, _known(woken, site, part.sensor))
            said += words
    return Step(changed=changed, outcomes=tuple(said)) if said else Step()


def taken_out(told: Woken) -> Step:
    """The site of a record is not configured any more. told: its part, and all parts as they were configured with it."""
    part = told.parts[told.name]
    assert isinstance(part, SpillPart)
    site = told.parts[site_part(part.site)]
    assert isinstance(site, SitePart)
    return Step(outcomes=tuple(left(part, _known(told, site, part.sensor))))


def _in_weather(told: Heard | Woken, part: SpillPart, site: SitePart) -> Step:
    known = _known(told, site, part.sensor)
    after, said = with_weather(part, known)
    return _step(part, after, said, site, known)


def _following(part: SpillPart, told: Heard) -> SpillPart | None:
    """The record follows one level sensor, and another one only when that has long been silent."""
    sensor = told.measured.sensor
    if part.sensor == sensor:
        return part
    if part.sensor and told.time_s - part.course.time_s <= told.at.policy.sensor_silent.total_seconds():
        return None
    return msgspec.structs.replace(part, sensor=sensor)


def _known(told: Heard | Woken, part: SitePart, sensor: str) -> Known:
    """sensor: the one that the record follows."""
    site, policy = part.site, told.at.policy
    rain = told.parts.get(rainday_part(site.gauge))
    assert rain is None or isinstance(rain, RainDay)
    law = law_of(site.weir, site.crest_m, _accuracy_m(site, sensor, policy.spill)) if site.weir else None
    rule = Rule(policy.signal.start * site.crest_m, policy.signal.end * site.crest_m, _gap_s(site, policy.quality), law)
    return Known(site, rule, rain, zone(told.catchment.zone), told.at, told.parts)


def _accuracy_m(site: Site, sensor: str, policy: SpillPolicy) -> float:
    """Of a level sensor, as the city says it, else as usual."""
    for each in site.sensors:
        if each.id == sensor and each.accuracy_m is not None:
            return each.accuracy_m
    return policy.level_accuracy_m


def _gap_s(site: Site, policy: QualityPolicy) -> float:
    """Samples further apart leave a gap."""
    least_s = policy.gap_min.total_seconds()
    if not site.sensors:
        return least_s
    intervals = (each.interval_s for each in site.sensors if each.quantity is Quantity.LEVEL and each.interval_s)
    return max(policy.gap_intervals * max(intervals, default=0.0), least_s)


def _step(before: SpillPart, part: SpillPart, said: list[Outcome], site: SitePart, known: Known) -> Step:
    """What was said, with the condition that follows from it, and when the next day is over."""
    part, signals = dry_weather_spill(part, site, known)
    if part is before:
        return NOTHING
    name = spill_part(part.site)
    wakes = {name: next_settled_at(part, known)} if said else {}
    return Step(changed={name: part}, outcomes=(*said, *signals), wakes=wakes)
