"""Observations of OGC SensorThings (18-088): a result, when the phenomenon was, and to which datastream it belongs.

Of an interval as phenomenonTime the end is taken: rain that fell until then, a mean that is known from then on.
"""

from datetime import datetime
from typing import Any

import msgspec

from talaia.contracts.envelope import Instant
from talaia.waste.ingest.channels import Channel
from talaia.waste.ingest.measurements import Item


class Observation(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of one. result_time stands in where there is no phenomenon_time; result_quality: a word, or DQ_Element."""

    result: float | bool | str
    phenomenon_time: str | None = None
    result_time: str | None = None
    result_quality: Any = None


def key_of(datastream: str) -> str:
    """How an address names it: a number as it is, a word in quotes (OData)."""
    return datastream if datastream.isdecimal() else "'" + datastream.replace("'", "''") + "'"


def datastream_of(key: str) -> str:
    """Which one a key names."""
    return key[1:-1].replace("''", "'") if key.startswith("'") else key


def observed(payload: bytes, channel: Channel) -> Item:
    """An observation of a channel's datastream. Raises msgspec.DecodeError."""
    said = msgspec.json.decode(payload, type=Observation)
    return item_of(said, channel)


def item_of(said: Observation, channel: Channel) -> Item:
    """As an item for the door. Raises msgspec.ValidationError."""
    return channel.item(_end(said.phenomenon_time or said.result_time), said.result, _quality(said.result_quality))


def _end(written: str | None) -> datetime:
    """The moment, or the end of an interval `2026-03-01T02:00:00Z/2026-03-01T02:05:00Z`."""
    if written is None:
        raise msgspec.ValidationError("neither phenomenonTime nor resultTime is given")
    moment: datetime = msgspec.convert(written.rpartition("/")[2], Instant)
    return moment


def _quality(said: Any) -> str:
    return said[:60].lower() if isinstance(said, str) and said else "good"
