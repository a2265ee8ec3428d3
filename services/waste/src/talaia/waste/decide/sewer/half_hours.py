"""Levels are gathered by half hour, and a half hour is closed an hour after its end, so that late levels count.

Of sites without pumps: where pumps run, the level says when they do.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from talaia.contracts.vocabulary import Flag, SiteKind
from talaia.waste.decide.rules import Closed, Heard
from talaia.waste.decide.sewer import nights, telling
from talaia.waste.decide.sewer.dry import HalfHour, after
from talaia.waste.decide.slots import open_slot, slot_end, slot_of
from talaia.waste.decide.standing import any_open
from talaia.waste.model.catchment import Site
from talaia.waste.model.dry import HALF_HOURS, UNKNOWN_MM, DryPart, ProfilePart, dry_part, profile_part
from talaia.waste.model.outcomes import Signal, Step
from talaia.waste.model.parts import GaugePart, Part, Sample, SitePart, gauge_part

_SLOTS = 6
_WAITED = 2
_LEVELS_MOST = 64
_ZERO_UNDER_CREST_M = 60.0
_NOTHING = ProfilePart()
_PUMP_STATION, _USABLE = SiteKind.PUMP_STATION, Flag.NOT_EVALUATED


def heard_late(told: Heard) -> Step:
    """A level that came late or out of order counts while its half hour is open, whether or not the site slept since."""
    if told.verdict.flag > Flag.NOT_EVALUATED:
        return Step()
    site = told.parts[told.holder]
    assert isinstance(site, SitePart)
    if not _watched(site.site):
        return Step()
    part = _part(told.parts, site.site)
    half_hour = _half_hour_of(slot_of(told.measured.time))
    closed_by_now = (open_slot(told.now) - 1) // _SLOTS - _WAITED
    if half_hour <= max(part.half_hour, closed_by_now):
        return Step()
    levels_mm = (*part.open.get(half_hour, ()), _mm(part, told.measured.value))[-_LEVELS_MOST:]
    return Step(changed={dry_part(site.site.id): msgspec.structs.replace(part, open=part.open | {half_hour: levels_mm})})


def closed(told: Closed) -> Step:
    """A slot is closed: every sixth time levels are gathered, and the half hour that ended an hour before is closed."""
    slot = told.rain.slot
    fallen = _rain(told, slot // _SLOTS - _WAITED) if slot % _SLOTS == 0 else None
    changed: dict[str, Part | None] = {}
    said: list[Signal] = []
    for place in told.sites:
        site = place.site
        if not _watched(site):
            continue
        before = part = _part(told.parts, site)
        if fallen is not None:
            part, of_profile = _closed(part, fallen, told, place)
            changed |= of_profile
        elif _must_gather(part, place.trail):
            part = msgspec.structs.replace(part, open=_gathered(part, place.trail, slot), gathered=slot)
        if fallen is not None or any_open(part.conditions):
            part, words = telling.tell_of(part, place, told)
            said += words
        if part is not before:
            changed[dry_part(site.id)] = part
    return Step(changed=changed, outcomes=tuple(said))


def closes_day(slot: int) -> bool:
    """Whether with this slot the last half hour of a day (UTC) is closed."""
    return slot % _SLOTS == 0 and (slot // _SLOTS - _WAITED) % HALF_HOURS == 0


def _closed(part: DryPart, fallen: "_Rain", told: Closed, place: SitePart) -> tuple[DryPart, dict[str, Part]]:
    """The part after one more half hour, and its profile and nights where they learnt something."""
    site, slot = place.site, told.rain.slot
    name = profile_part(site.id)
    profile = told.parts.get(name, _NOTHING)
    assert isinstance(profile, ProfilePart)
    gathered = _gathered(part, place.trail, slot)
    levels = sorted(gathered.get(fallen.number, ()))
    level_mm = levels[(len(levels) - 1) // 2] if len(levels) > 1 else None
    still = level_mm is not None and levels[0] == levels[-1]
    half_hour = HalfHour(fallen.number, level_mm, fallen.at(told.rain.row[site.own_rain]), still)
    still_open = {number: waiting for number, waiting in gathered.items() if number > fallen.number}
    part = msgspec.structs.replace(part, open=still_open, gathered=slot)
    medians_mm = profile.medians_mm
    part, learnt_mm = after(part, medians_mm, half_hour, site.crest_m - site.bottom_m, told.at.policy.sewer)
    changed: dict[str, Part] = nights.kept(part, told.parts, site.id) if closes_day(slot) else {}
    if learnt_mm is not medians_mm or profile is _NOTHING:
        changed[name] = ProfilePart(medians_mm=learnt_mm)
    return part, changed


def _must_gather(part: DryPart, trail: tuple[Sample, ...]) -> bool:
    """Whether levels that are not gathered yet may have left the trail when the next slot is closed: of a busy sensor."""
    return bool(trail) and trail[0].time > slot_end(part.gathered - 1)


def _gathered(part: DryPart, trail: tuple[Sample, ...], slot: int) -> dict[int, tuple[int, ...]]:
    """The open half hours with what can be used of the levels since they were gathered last."""
    since, until, half_hour = slot_end(part.gathered), slot_end(slot), _half_hour_of(slot)
    begins = slot_end((half_hour - 1) * _SLOTS)
    levels_mm: dict[int, list[int]] = {half_hour: []}
    for sample in trail:
        if since < sample.time <= until and sample.flag <= _USABLE:
            own = half_hour if sample.time > begins else _half_hour_of(slot_of(sample.time))
            levels_mm.setdefault(own, []).append(_mm(part, sample.value))
    new = {own: (*part.open.get(own, ()), *more)[-_LEVELS_MOST:] for own, more in levels_mm.items() if more}
    return part.open | new


def _watched(site: Site) -> bool:
    return not site.pumps and site.kind is not _PUMP_STATION


def _part(parts: Mapping[str, Part], site: Site) -> DryPart:
    part = parts.get(dry_part(site.id))
    return part if isinstance(part, DryPart) else DryPart(zero_m=site.crest_m - _ZERO_UNDER_CREST_M)


def _mm(part: DryPart, level_m: float) -> int:
    mm = round((level_m - part.zero_m) * 1000)
    return mm if 0 <= mm < UNKNOWN_MM else 0 if mm < 0 else UNKNOWN_MM - 1


def _half_hour_of(slot: int) -> int:
    return -(-slot // _SLOTS)


class _Rain(NamedTuple):
    """Rain of a half hour: at each gauge and at the mean of all, None if no gauge said anything of that time or later."""

    number: int
    gauges_mm: list[float]
    mean_mm: float | None

    def at(self, row: int) -> float | None:
        """At the gauge of a row or at the mean, whichever is more; None: nobody knows it."""
        return None if self.mean_mm is None else max(self.gauges_mm[row], self.mean_mm)


def _rain(told: Closed, number: int) -> _Rain:
    gauges = (told.parts.get(gauge_part(gauge.id)) for gauge in told.catchment.gauges)
    if not any(isinstance(gauge, GaugePart) and gauge.slot >= number * _SLOTS for gauge in gauges):
        return _Rain(number, [], None)
    fallen_mm = told.rain.windows[:, -(_WAITED + 1) * _SLOTS : -_WAITED * _SLOTS].sum(1)
    return _Rain(number, fallen_mm.tolist(), float(fallen_mm[: told.rain.gauges].mean()))
