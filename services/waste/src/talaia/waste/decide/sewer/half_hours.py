"""Levels are gathered by half hour, and a half hour is closed an hour after its end, so that late levels count.

Of sites without pumps: where pumps run, the level says when they do.
"""

from collections.abc import Mapping

import msgspec

from talaia.contracts.vocabulary import Flag, SiteKind
from talaia.waste.decide.rules import Closed, Heard
from talaia.waste.decide.sewer import telling
from talaia.waste.decide.sewer.dry import HalfHour, after
from talaia.waste.decide.slots import open_slot, slot_end, slot_of
from talaia.waste.model.catchment import Site
from talaia.waste.model.dry import UNKNOWN_MM, DryPart, ProfilePart, dry_part, profile_part
from talaia.waste.model.outcomes import Signal, Step
from talaia.waste.model.parts import GaugePart, Part, SitePart, gauge_part

_SLOTS = 6
_WAITED = 2
_LEVELS_MOST = 64
_ZERO_UNDER_CREST_M = 60.0


def heard_late(told: Heard) -> Step:
    """A level that came late or out of order counts while its half hour is open, whether or not the site slept since."""
    if not told.late or told.verdict.flag > Flag.NOT_EVALUATED:
        return Step()
    site = told.parts[told.holder]
    assert isinstance(site, SitePart)
    if not _watched(site.site):
        return Step()
    part = _part(told.parts, site.site)
    half_hour = _half_hour_of(slot_of(told.measured.time))
    closed_by_now = (open_slot(told.at.now) - 1) // _SLOTS - _WAITED
    if half_hour <= max(part.half_hour, closed_by_now):
        return Step()
    return Step(changed={dry_part(site.site.id): _with(part, half_hour, (told.measured.value,))})


def closed(told: Closed) -> Step:
    """A slot is closed: its levels are gathered, and every sixth time the half hour that ended an hour before is closed."""
    site = told.site.site
    if not _watched(site):
        return Step()
    slot = told.rain.slot
    before = _part(told.parts, site)
    since, until = slot_end(slot - 1), slot_end(slot)
    levels = tuple(sample.value for sample in told.site.trail if since < sample.time <= until and sample.usable)
    part = _with(before, _half_hour_of(slot), levels) if levels else before
    changed: dict[str, Part | None] = {}
    said: tuple[Signal, ...] = ()
    if slot % _SLOTS == 0:
        part, profile = _closed(part, told)
        changed[profile_part(site.id)] = profile
    if slot % _SLOTS == 0 or part.conditions:
        part, said = telling.tell_of(part, told)
    if part is not before:
        changed[dry_part(site.id)] = part
    return Step(changed=changed, outcomes=said)


def _closed(part: DryPart, told: Closed) -> tuple[DryPart, ProfilePart]:
    site = told.site.site
    profile = told.parts.get(profile_part(site.id), ProfilePart())
    assert isinstance(profile, ProfilePart)
    number = told.rain.slot // _SLOTS - _WAITED
    levels = sorted(part.open.get(number, ()))
    level_mm = levels[(len(levels) - 1) // 2] if len(levels) > 1 else None
    still_open = {half_hour: waiting for half_hour, waiting in part.open.items() if half_hour > number}
    half_hour = HalfHour(number, level_mm, _rain_mm(told, number))
    policy = told.at.policy.sewer
    part, medians_mm = after(part, profile.medians_mm, half_hour, site.crest_m - site.bottom_m, policy)
    return msgspec.structs.replace(part, open=still_open), msgspec.structs.replace(profile, medians_mm=medians_mm)


def _watched(site: Site) -> bool:
    return not site.pumps and site.kind is not SiteKind.PUMP_STATION


def _part(parts: Mapping[str, Part], site: Site) -> DryPart:
    part = parts.get(dry_part(site.id))
    return part if isinstance(part, DryPart) else DryPart(zero_m=site.crest_m - _ZERO_UNDER_CREST_M)


def _with(part: DryPart, half_hour: int, levels_m: tuple[float, ...]) -> DryPart:
    levels_mm = (min(max(round((level - part.zero_m) * 1000), 0), UNKNOWN_MM - 1) for level in levels_m)
    gathered = (*part.open.get(half_hour, ()), *levels_mm)[-_LEVELS_MOST:]
    return msgspec.structs.replace(part, open=part.open | {half_hour: gathered})


def _half_hour_of(slot: int) -> int:
    return -(-slot // _SLOTS)


def _rain_mm(told: Closed, number: int) -> float | None:
    """Rain of a half hour: at the site's own gauge or at the mean of all, whichever is more.

    None if no gauge said anything of that time or later: then nobody knows it.
    """
    gauges = (told.parts.get(gauge_part(gauge.id)) for gauge in told.catchment.gauges)
    if not any(isinstance(gauge, GaugePart) and gauge.slot >= number * _SLOTS for gauge in gauges):
        return None
    windows = told.rain.windows[:, -(_WAITED + 1) * _SLOTS : -_WAITED * _SLOTS].sum(1)
    return float(max(windows[told.rain.row[told.site.site.gauge]], windows.mean()))
