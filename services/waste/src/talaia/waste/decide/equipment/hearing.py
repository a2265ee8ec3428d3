"""A level or a switch of a station is heard, and its rules look at it."""

from talaia.contracts.vocabulary import Flag, Quantity
from talaia.waste.decide.equipment.station import Station
from talaia.waste.decide.equipment.switches import noted
from talaia.waste.decide.equipment.telling import settled
from talaia.waste.decide.rules import Heard
from talaia.waste.model.outcomes import Step
from talaia.waste.model.parts import Part, SitePart, site_part
from talaia.waste.model.pumps import PumpPart, StationPart, pump_part, station_part


def on_level(heard: Heard) -> Step:
    """Levels are looked at in their order: a late one tells nothing new of a pump."""
    station = None if heard.late else _station(heard)
    return Step() if station is None else _settled(heard, station, station)


def on_switch(heard: Heard) -> Step:
    """Commands and feedback are put in their order by their own time: a late one may tell that a pump did run."""
    station = _station(heard) if heard.verdict.flag is Flag.GOOD else None
    if station is None:
        return Step()
    return _settled(heard, station, noted(station, heard.measured, heard.at.policy.equipment))


def _station(heard: Heard) -> Station | None:
    """The station as its parts say; None: the site has no pumps."""
    part = heard.parts[site_part(heard.measured.site)]
    assert isinstance(part, SitePart)
    if not part.site.pumps and heard.measured.quantity is not Quantity.MAINS_POWER:
        return None
    name = part.site.id
    pumps = {pump.id: heard.parts.get(pump_part(name, pump.id)) for pump in part.site.pumps}
    shared = heard.parts.get(station_part(name))
    return Station(
        site=part.site,
        trail=part.trail,
        moment=heard.measured.time,
        pumps={pump: kept if isinstance(kept, PumpPart) else PumpPart(site=name, pump=pump) for pump, kept in pumps.items()},
        shared=shared if isinstance(shared, StationPart) else StationPart(site=name),
    )


def _settled(heard: Heard, before: Station, station: Station) -> Step:
    station, said = settled(station, heard.at)
    changed: dict[str, Part | None] = {
        pump_part(station.site.id, name): part for name, part in station.pumps.items() if part is not before.pumps[name]
    }
    if station.shared is not before.shared:
        changed[station_part(station.site.id)] = station.shared
    return Step(changed=changed, outcomes=tuple(said))
