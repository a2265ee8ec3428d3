"""What is wrong in a city file that no single field can know, each with its place and its cure."""

from collections.abc import Iterator
from itertools import pairwise

from talaia.contracts.register import zone_named
from talaia.contracts.vocabulary import Quantity
from talaia.stream.city_file import Where, field
from talaia.waste.ingest.city_entries import CatchmentEntry, City, PumpEntry, SensorEntry, SiteEntry
from talaia.waste.model.conditions import KINDS
from talaia.waste.model.policy import Policy

MOST_SITES = 250
MOST_GAUGES = 50


def mistakes(city: City) -> Iterator[tuple[Where, str]]:
    """All of them, with the place of each."""
    seen: dict[str, str] = {}
    for n, catchment in enumerate(city.catchments):
        here: Where = ("catchments", n)
        if zone_named(catchment.zone) is None:
            yield (*here, "zone"), f"there is no time zone {catchment.zone}: name one of IANA's, as Europe/Madrid"
        for name, things, most in (("gauges", catchment.gauges, MOST_GAUGES), ("sites", catchment.sites, MOST_SITES)):
            if len(things) > most:
                yield (*here, name), f"{len(things)} are too many for one catchment, {most} at most: divide it"
            for m, thing in enumerate(things):
                where = (*here, name, m)
                if thing.id in seen:
                    yield (*where, "id"), f"{thing.id!r} is also {seen[thing.id]}: ids are unique in a city"
                seen.setdefault(thing.id, field(where))
                if (thing.lat is None) != (thing.lon is None):
                    yield where, "give both lat and lon, or neither"
        for m, site in enumerate(catchment.sites):
            yield from _of_site((*here, "sites", m), site, catchment)


def _of_site(where: Where, site: SiteEntry, catchment: CatchmentEntry) -> Iterator[tuple[Where, str]]:
    gauges = [gauge.id for gauge in catchment.gauges]
    for name, named in (("gauge", [site.gauge]), ("gauge_weights", list(site.gauge_weights))):
        for gauge in named:
            if gauge not in gauges:
                yield (*where, name), f"{gauge!r} is no gauge of the catchment; there are {', '.join(gauges)}"
    if site.gauge_weights and not sum(site.gauge_weights.values()) > 0:
        yield (*where, "gauge_weights"), "the weights add up to nothing: give at least one gauge a share"
    if site.downstream is not None and site.downstream not in {other.id for other in catchment.sites if other is not site}:
        yield (*where, "downstream"), f"{site.downstream!r} is no other site of the catchment"
    if site.bottom_m >= site.crest_m:
        yield (*where, "bottom_m"), f"the bottom ({site.bottom_m:g} m) must lie under the crest ({site.crest_m:g} m)"
    if any(after.level_m <= before.level_m or after.content_m3 <= before.content_m3 for before, after in pairwise(site.volumes)):
        yield (*where, "volumes"), "levels and contents must rise from row to row"
    for kind in sorted(site.guidance_by_kind.keys() - set(KINDS)):
        yield (*where, "guidance_by_kind"), f"nothing is told of a kind {kind!r}; there are {', '.join(sorted(KINDS))}"
    yield from _of_weir(where, site)
    yield from _of_sensors(where, site)
    told = site.model_dump_json(exclude_defaults=True, exclude={"sensors": {"__all__": {"source"}}})
    if len(told.encode()) > Policy().site_bytes - 200:
        yield where, "too much text: shorten the guidance"


def _of_weir(where: Where, site: SiteEntry) -> Iterator[tuple[Where, str]]:
    weir = site.weir
    if weir is None:
        return
    by_width = weir.width_m is not None and weir.discharge_coefficient is not None
    if (weir.k is not None) + by_width + bool(weir.table) != 1 or (weir.width_m is None) != (weir.discharge_coefficient is None):
        yield (*where, "weir"), "give one law: k, or width_m with discharge_coefficient, or a table of head and flow"
    if any(after.head_m <= before.head_m or after.flow_m3_per_s < before.flow_m3_per_s for before, after in pairwise(weir.table)):
        yield (*where, "weir", "table"), "heads must rise and flows must not fall from row to row"


def _of_sensors(where: Where, site: SiteEntry) -> Iterator[tuple[Where, str]]:
    for name, things in (("pumps", site.pumps), ("sensors", site.sensors)):
        ids = [thing.id for thing in things]
        for twice in sorted({each for each in ids if ids.count(each) > 1}):
            yield (*where, name), f"{twice!r} stands twice"
    told = [sensor for pump in site.pumps for sensor in _sensors(pump)]
    for twice in sorted({each for each in told if told.count(each) > 1}):
        yield (*where, "pumps"), f"sensor {twice!r} tells of two things: each sensor has one"
    others = {sensor.id for sensor in site.sensors if sensor.quantity is not Quantity.LEVEL}.union(told)
    if len(others) > (most := Policy().other_sensors_per_site):
        yield (*where, "sensors"), f"has {len(others)} sensors besides its levels, {most} are taken: divide the site in two"
    for n, sensor in enumerate(site.sensors):
        if sensor.low is not None and sensor.high is not None and sensor.low >= sensor.high:
            yield (*where, "sensors", n), f"low ({sensor.low:g}) must lie under high ({sensor.high:g})"
        elif sensor.accuracy_m is not None:
            for wrong in _of_accuracy(sensor, sensor.accuracy_m, site):
                yield (*where, "sensors", n, "accuracy_m"), wrong


def _of_accuracy(sensor: SensorEntry, accuracy_m: float, site: SiteEntry) -> Iterator[str]:
    """Of a level; where its range is not told, it is at least what lies between bottom and crest."""
    low_m = site.bottom_m if sensor.low is None else sensor.low
    high_m = site.crest_m if sensor.high is None else sensor.high
    if sensor.quantity is not Quantity.LEVEL:
        yield f"it is of levels, in metres, and this is {sensor.quantity.value}: leave it out"
    elif accuracy_m >= high_m - low_m > 0:
        yield f"{accuracy_m:g} m is more than the sensor can measure ({high_m - low_m:g} m): give it in metres"


def _sensors(pump: PumpEntry) -> Iterator[str]:
    return (sensor for sensor in (pump.command, pump.running, pump.power) if sensor is not None)
