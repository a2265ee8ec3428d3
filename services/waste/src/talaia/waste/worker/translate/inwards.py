"""What the bus says, in the words of the domain."""

from typing import TypeVar

import msgspec

from talaia.contracts import waste
from talaia.contracts.catchment import Gauge, Site
from talaia.stream.translation import utc
from talaia.waste.model import catchment as places
from talaia.waste.model import events

_Thing = TypeVar("_Thing")


def told(
    event: waste.Measured | waste.Nowcasted | waste.Configured,
) -> events.Measurement | events.Nowcast | events.Configuration:
    """An event of the input topic in the domain's words."""
    match event:
        case waste.Measured():
            return _measurement(event)
        case waste.Nowcasted():
            return _nowcast(event)
        case waste.Configured():
            return _configuration(event)


def _measurement(event: waste.Measured) -> events.Measurement:
    """A measured event in the domain's words."""
    data = event.data
    return events.Measurement(
        source=event.source,
        id=event.id,
        time=utc(event.time),
        recorded_at=utc(event.recordedtime),
        site=data.site,
        sensor=data.sensor,
        quantity=data.quantity,
        value=data.value,
        unit=data.unit,
        quality=data.quality,
    )


def _configuration(event: waste.Configured) -> events.Configuration:
    """A configured event in the domain's words."""
    data = event.data
    return events.Configuration(
        source=event.source,
        id=event.id,
        catchment=data.catchment,
        area=data.area,
        hash=data.hash,
        gauges=tuple(_plain(gauge, places.Gauge) for gauge in data.gauges),
        sites=tuple(_plain(site, places.Site) for site in data.sites),
        zone=data.zone,
    )


def _plain(thing: Site | Gauge, to: type[_Thing]) -> _Thing:
    """A site or gauge in the domain's words, which are those of the bus but for the place."""
    said = msgspec.to_builtins(thing)
    return msgspec.convert(said | said.pop("place", {}), to)


def _nowcast(event: waste.Nowcasted) -> events.Nowcast:
    """A nowcast event in the domain's words."""
    data = event.data
    return events.Nowcast(
        source=event.source,
        id=event.id,
        recorded_at=utc(event.recordedtime),
        gauge=data.gauge,
        issued_at=utc(data.issued_at),
        step_min=data.step_min,
        mm=tuple(data.mm),
    )
