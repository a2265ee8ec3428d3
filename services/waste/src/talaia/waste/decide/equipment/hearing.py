"""A station hears a level, a switch, or that a slot was closed, and its rules look at what they concern."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from talaia.contracts.vocabulary import Flag, Quantity
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.equipment import pump_failed, track
from talaia.waste.decide.equipment.health import assessed
from talaia.waste.decide.equipment.pump_flow import enough
from talaia.waste.decide.equipment.station import Station
from talaia.waste.decide.equipment.switches import noted
from talaia.waste.decide.equipment.telling import ALL, BY_LEVEL, Rules, settled
from talaia.waste.decide.rules import Closed, Heard
from talaia.waste.decide.standing import any_open
from talaia.waste.model.conditions import condition_id
from talaia.waste.model.outcomes import NOTHING, Outcome, Step
from talaia.waste.model.parts import Part, SitePart, site_part
from talaia.waste.model.pumps import PumpPart, StationPart, pump_part, station_part


def on_level(heard: Heard) -> Step:
    """Levels are looked at in their order, while a pump stands still or its flow is to be measured; a late one never is."""
    site = heard.keeper
    assert isinstance(site, SitePart)
    for pump in site.site.pumps:
        part = heard.parts.get(pump_part(site.site.id, pump.id))
        if isinstance(part, PumpPart) and _asks(part, site):
            station = _station(heard, site, heard.measured.time)
            return _step(station, station, BY_LEVEL, heard.at)
    return NOTHING


def on_switch(heard: Heard) -> Step:
    """Commands and feedback are put in their order by their own time: a late one may tell that a pump did run."""
    site = heard.parts[site_part(heard.measured.site)]
    assert isinstance(site, SitePart)
    told = site.site.pump_of(heard.measured.sensor) is not None or heard.measured.quantity is Quantity.MAINS_POWER
    if heard.verdict.flag is not Flag.GOOD or not told:
        return NOTHING
    station = _station(heard, site, heard.measured.time)
    return _step(station, noted(station, heard.measured, heard.policy.equipment), ALL, heard.at)


def on_slot(closed: Closed) -> Step:
    """What only time tells, and what must be said again before it expires."""
    changed: dict[str, Part | None] = {}
    said: list[Outcome] = []
    for site in closed.sites:
        if site.trail and _is_due(closed, site):
            station = _station(closed, site, site.trail[-1].time)
            step = _step(station, station, ALL, closed.of(site))
            changed |= step.changed
            said += step.outcomes
    return Step(changed=changed, outcomes=tuple(said))


def _is_due(closed: Closed, site: SitePart) -> bool:
    """Whether time alone may tell something of a pump of a site, or of what its pumps share."""
    shared = closed.parts.get(station_part(site.site.id))
    if isinstance(shared, StationPart) and any_open(shared.conditions):
        return True
    if not site.site.pumps:
        return False
    long_ago = site.trail[-1].time - closed.at.policy.equipment.long_run
    pumps = (closed.parts.get(pump_part(site.site.id, pump.id)) for pump in site.site.pumps)
    return any(isinstance(part, PumpPart) and _due(part, long_ago) for part in pumps)


def _pumps(parts: Mapping[str, Part], site: SitePart) -> dict[str, PumpPart]:
    """The pumps by id, as configured; one that was never heard of is new."""
    known = {pump.id: parts.get(pump_part(site.site.id, pump.id)) for pump in site.site.pumps}
    return {name: part if isinstance(part, PumpPart) else PumpPart(site=site.site.id, pump=name) for name, part in known.items()}


def _asks(part: PumpPart, site: SitePart) -> bool:
    """Whether a level may tell something of a pump: that it stands still though it is asked, or its flow.

    That a failed pump runs again is told by its feedback, where it has any.
    """
    if track.is_on(part.asked) and not track.is_on(part.ran):
        failed = part.conditions.get(condition_id(pump_failed.KIND, f"{part.site}/{part.pump}"))
        if not part.ran or failed is None or not failed.open:
            return True
    return part.unmeasured is not None and enough(site.trail, part.unmeasured)


def _due(part: PumpPart, long_ago: datetime) -> bool:
    """Whether a condition stands and may be over or has to be renewed, or a pump has run since long ago."""
    if any_open(part.conditions):
        return True
    driven = part.ran or part.asked
    start = track.since(driven) if track.is_on(driven) else None
    return start is not None and start <= long_ago


def _station(told: Heard | Closed, site: SitePart, moment: datetime) -> Station:
    shared = told.parts.get(station_part(site.site.id))
    if not isinstance(shared, StationPart):
        shared = StationPart(site=site.site.id)
    return Station(site.site, site.trail, moment, ZoneInfo(told.catchment.zone), _pumps(told.parts, site), shared)


def _step(before: Station, station: Station, rules: Rules, at: Circumstances) -> Step:
    station, said = settled(station, rules, at)
    name = station.site.id
    changed: dict[str, Part | None] = {
        pump_part(name, pump): part for pump, part in station.pumps.items() if part is not before.pumps[pump]
    }
    if station.shared is not before.shared:
        changed[station_part(name)] = station.shared
    health = assessed(before, station, at)
    return Step(changed=changed, outcomes=(*said, *([] if health is None else [health])))
