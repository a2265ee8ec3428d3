"""Where what comes from outside belongs: a channel is one sensor as its source names it, by the city file.

A source may be a SCADA system (tag), a radio device (device and field of its decoded payload) or a SensorThings server
(datastream).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import UNIT_OF, Quantity
from talaia.waste.ingest.city_entries import City, SourceEntry
from talaia.waste.ingest.measurements import Item
from talaia.waste.ingest.units import UNSAID, Sensing


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor. site: its site or gauge. unit: what the source speaks; scale: by how much its numbers are multiplied for that.

    field: of a device's decoded payload, with dots into what is nested; time_field: where that says when it was measured.
    """

    site: str
    sensor: str
    quantity: Quantity
    unit: str
    scale: float = 1.0
    sensing: Sensing = UNSAID
    tag: str = ""
    device: str = ""
    field: str = ""
    time_field: str = ""
    datastream: str = ""

    def item(self, time: datetime, value: float | bool | str, quality: str = "good", id: str = "") -> Item:
        """What the source said, as an item for the door. Its identity, without an id, is site, sensor and time.

        Raises msgspec.ValidationError.
        """
        said = {
            "time": time,
            "site": self.site,
            "sensor": self.sensor,
            "quantity": self.quantity,
            "value": value * self.scale if isinstance(value, float) and self.scale != 1.0 else value,
            "unit": self.unit,
            "quality": quality,
            **self.sensing._asdict(),
        }
        return msgspec.convert(said | ({"id": id} if id else {}), Item)


class Channels:
    """All channels, by how their sources name them."""

    def __init__(self, channels: Iterable[Channel] = ()) -> None:
        self.by_tag: dict[str, Channel] = {}
        self.by_datastream: dict[str, Channel] = {}
        self.by_device: dict[str, list[Channel]] = {}
        for each in channels:
            if each.tag:
                self.by_tag[each.tag] = each
            if each.datastream:
                self.by_datastream[each.datastream] = each
            if each.device:
                self.by_device.setdefault(each.device.lower(), []).append(each)


def channels_of(city: City) -> Channels:
    """All sensors of which the city file names a source. A gauge's is called `<gauge>.rain`."""
    return Channels(_all(city))


def _all(city: City) -> Iterator[Channel]:
    for catchment in city.catchments:
        for gauge in catchment.gauges:
            if gauge.source is not None:
                yield _channel(gauge.id, f"{gauge.id}.rain", gauge.source.quantity, gauge.interval_s, gauge.source)
        for site in catchment.sites:
            for sensor in site.sensors:
                if sensor.source is not None:
                    yield _channel(site.id, sensor.id, sensor.quantity, sensor.interval_s, sensor.source)


def _channel(site: str, sensor: str, quantity: Quantity, interval_s: float | None, source: SourceEntry) -> Channel:
    return Channel(
        site=site,
        sensor=sensor,
        quantity=quantity,
        unit=source.unit or UNIT_OF[quantity].value,
        scale=source.scale,
        sensing=Sensing(interval_s, source.mm_per_tip, source.mounting_height_m),
        tag=source.tag,
        device=source.device,
        field=source.field,
        time_field=source.time_field,
        datastream=source.datastream,
    )
