"""What is wrong with the sources of sensors in a city file, each with its place and its cure."""

from collections.abc import Iterator

from talaia.contracts.vocabulary import UNIT_OF, Quantity
from talaia.stream.city_file import Where, field
from talaia.waste.ingest.city_entries import City, SourceEntry
from talaia.waste.ingest.units import Sensing, UnknownUnit, on_the_bus


def source_mistakes(city: City) -> Iterator[tuple[Where, str]]:
    """All of them, with the place of each."""
    seen: dict[tuple[str, ...], str] = {}
    for where, quantity, interval_s, source in _sources(city):
        yield from _alone(where, quantity, interval_s, source)
        for name in (("tag", source.tag), ("device", source.device.lower(), source.field), ("datastream", source.datastream)):
            if name[1] and name in seen:
                yield (*where, name[0]), f"{' '.join(name)} is also that of {seen[name]}: each sensor has one of its own"
            seen.setdefault(name, field(where[:-1]))


def _sources(city: City) -> Iterator[tuple[Where, Quantity, float | None, SourceEntry]]:
    for n, catchment in enumerate(city.catchments):
        for m, gauge in enumerate(catchment.gauges):
            if gauge.source is not None:
                yield ("catchments", n, "gauges", m, "source"), gauge.source.quantity, gauge.interval_s, gauge.source
        for m, site in enumerate(catchment.sites):
            for k, sensor in enumerate(site.sensors):
                if sensor.source is not None:
                    where = ("catchments", n, "sites", m, "sensors", k, "source")
                    yield where, sensor.quantity, sensor.interval_s, sensor.source


def _alone(where: Where, quantity: Quantity, interval_s: float | None, source: SourceEntry) -> Iterator[tuple[Where, str]]:
    if not (source.tag or source.device or source.datastream):
        yield where, "name what it comes by: tag, device with field, or datastream"
    if bool(source.device) != bool(source.field):
        yield where, "give both device and field, or neither"
    if set(source.datastream) & set("+#/()"):
        yield (*where, "datastream"), f"{source.datastream!r} is no id of a datastream: it has one of + # / ( )"
    if source.scale == 0:
        yield (*where, "scale"), "it makes nothing of every number: leave it out, or give another"
    if source.mounting_height_m is not None and quantity is not Quantity.LEVEL:
        yield (*where, "mounting_height_m"), f"it makes a level of a distance, and this is {quantity.value}: leave it out"
    try:
        on_the_bus(quantity, 1.0, source.unit or UNIT_OF[quantity].value, Sensing(interval_s, source.mm_per_tip))
    except UnknownUnit as error:
        yield (*where, "unit"), str(error)
