"""What comes by MQTT, by its topic: uplinks of ChirpStack v4 and The Things Stack v3, observations of a SensorThings server.

The payload of a device is decoded by its network server; here the decoded fields become items by the channels of the device.
The time is the device's own where the channel names its field (`time_field`) and the payload has it; else that of the first
gateway with a clock; else the server's.
"""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from talaia.contracts.envelope import Instant
from talaia.waste.ingest.channels import Channels
from talaia.waste.ingest.measurements import MOST_LETTERS, Item
from talaia.waste.ingest.observations import datastream_of, key_of, observed

CHIRPSTACK = "application/+/device/+/event/up"
THINGS_STACK = "v3/+/devices/+/up"
_IN_NO_TOPIC = frozenset("+#/")


class NotTaken(ValueError):
    """A payload of which nothing is taken. reason: a stable word for counting."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason = reason


class _Received(msgspec.Struct, frozen=True):
    """How one gateway heard it. Some versions of ChirpStack say `time`, later ones `gwTime`, The Things Stack `time`."""

    time: Instant | None = None
    gw_time: Instant | None = msgspec.field(default=None, name="gwTime")


class _Device(msgspec.Struct, frozen=True, rename="camel"):
    dev_eui: str
    device_name: str = ""


class _ChirpStack(msgspec.Struct, frozen=True, rename="camel"):
    device_info: _Device
    time: Instant
    object: dict[str, Any] | None = None
    rx_info: list[_Received] = []


class _Ids(msgspec.Struct, frozen=True):
    device_id: str
    dev_eui: str = ""


class _Uplink(msgspec.Struct, frozen=True):
    decoded_payload: dict[str, Any] | None = None
    rx_metadata: list[_Received] = []
    received_at: Instant | None = None


class _ThingsStack(msgspec.Struct, frozen=True):
    end_device_ids: _Ids
    uplink_message: _Uplink
    received_at: Instant


def filters(channels: Channels, *, datastreams: bool = True) -> list[str]:
    """What to subscribe to, so that all channels are heard. datastreams: those too; not where their server is asked.

    Raises ValueError.
    """
    devices = [CHIRPSTACK, THINGS_STACK] if channels.by_device else []
    named = list(channels.by_datastream) if datastreams else []
    for each in named:
        if not _IN_NO_TOPIC.isdisjoint(each):
            raise ValueError(f"datastream {each!r} has a +, # or /, which no MQTT topic can: ask its server by [sensorthings]")
    return devices + [f"+/Datastreams({key_of(each)})/Observations" for each in named]


def items_of(topic: str, payload: bytes, channels: Channels) -> list[Item]:
    """All that a payload says of sensors that the city file knows. Raises NotTaken."""
    match topic.split("/"):
        case ["application", _, "device", _, "event", "up"]:
            read: Callable[[bytes, Channels], list[Item]] = _from_chirpstack
        case ["v3", _, "devices", _, "up"]:
            read = _from_things_stack
        case [*_, stream, "Observations"] if stream.startswith("Datastreams("):
            read = _observation_of(datastream_of(stream.removeprefix("Datastreams(").removesuffix(")")))
        case _:
            raise NotTaken("unknown_topic", "no door reads this topic")
    try:
        return read(payload, channels)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotTaken("schema" if isinstance(error, msgspec.ValidationError) else "unreadable", str(error)) from None


def _from_chirpstack(payload: bytes, channels: Channels) -> list[Item]:
    said = msgspec.json.decode(payload, type=_ChirpStack)
    names = (said.device_info.dev_eui, said.device_info.device_name)
    return _items(names, said.object or {}, _heard(said.rx_info) or said.time, channels)


def _from_things_stack(payload: bytes, channels: Channels) -> list[Item]:
    said = msgspec.json.decode(payload, type=_ThingsStack)
    names = (said.end_device_ids.dev_eui, said.end_device_ids.device_id)
    uplink = said.uplink_message
    heard = _heard(uplink.rx_metadata) or uplink.received_at or said.received_at
    return _items(names, uplink.decoded_payload or {}, heard, channels)


def _observation_of(datastream: str) -> Callable[[bytes, Channels], list[Item]]:
    def read(payload: bytes, channels: Channels) -> list[Item]:
        channel = channels.by_datastream.get(datastream)
        if channel is None:
            raise NotTaken("unknown_datastream", "the city file has no sensor of this datastream")
        return [observed(payload, channel)]

    return read


def _heard(receptions: Sequence[_Received]) -> datetime | None:
    """When the first gateway that has a clock heard it."""
    times = [time for each in receptions if (time := each.gw_time or each.time) is not None]
    return min(times, default=None)


def _items(names: Sequence[str], payload: dict[str, Any], heard: datetime, channels: Channels) -> list[Item]:
    known = [channel for name in dict.fromkeys(map(str.lower, names)) for channel in channels.by_device.get(name, ())]
    if not known:
        raise NotTaken("unknown_device", "the city file has no sensor of this device")
    found = [(channel, value) for channel in known if (value := _field(payload, channel.field)) is not None]
    if not found:
        raise NotTaken("no_field", "its payload has none of the fields that the city file names: is it decoded?")
    return [channel.item(_own_time(payload, channel.time_field) or heard, _short(value)) for channel, value in found]


def _short(value: float | bool | str) -> float | bool | str:
    """A word so long that an item cannot have it would refuse the other fields too."""
    return value[:MOST_LETTERS] if isinstance(value, str) else value


def _own_time(payload: dict[str, Any], field: str) -> datetime | None:
    """By the device's clock, ISO 8601 or seconds of Unix; None where it says none, or one that cannot be read."""
    said = _field(payload, field) if field else None
    if said is None or isinstance(said, bool):
        return None
    try:
        moment: datetime = msgspec.convert(said, Instant, strict=False)
    except msgspec.ValidationError:
        return None
    return moment


def _field(payload: Any, field: str) -> float | bool | str | None:
    for name in field.split("."):
        payload = payload.get(name) if isinstance(payload, dict) else None
    if isinstance(payload, bool | str):
        return payload
    try:
        return float(payload) if isinstance(payload, int | float) else None
    except OverflowError:
        return math.inf
