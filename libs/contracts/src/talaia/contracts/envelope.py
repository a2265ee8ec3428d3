"""The envelope of every event: CloudEvents 1.0, structured JSON (https://cloudevents.io, spec 1.0.2).

An event type is a subclass whose tag is its `type`, so one decoder of a topic's event types reads
envelope and data in one pass and tells the types apart by class.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

CONTENT_TYPE = "application/cloudevents+json"
CONTENT_TYPE_HEADER = ("content-type", CONTENT_TYPE.encode())

Name = Annotated[str, Meta(min_length=1, max_length=200)]
"""A short word: an id, a kind, a subject. Readers refuse control characters in the whole message, once, for speed."""
Text = Annotated[str, Meta(max_length=4000)]
"""What a person may read; line breaks allowed."""
Instant = Annotated[datetime, Meta(tz=True)]
"""A moment with its zone; written as UTC."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """CloudEvents attributes and Talaia's extensions.

    id, source: together the event's identity. subject: the thing it is about.
    time: when it happened. recordedtime: when it reached the city's door.
    sequence: order among the outputs of one partition (CloudEvents sequence extension, zero-padded digits);
    of two outputs with one key the greater is the newer. cause: input record that led to it, `topic/partition/offset`.
    """

    specversion: Literal["1.0"] = "1.0"
    id: Name
    source: Name
    subject: Name | UnsetType = UNSET
    time: Instant
    recordedtime: Instant
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: Name | UnsetType = UNSET
    sequence: Annotated[str, Meta(min_length=20, max_length=20)] | UnsetType = UNSET
    cause: Name | UnsetType = UNSET


class Nothing(msgspec.Struct, frozen=True):
    """The data of an event that only says that it happened."""


class Tick(Envelope, frozen=True, kw_only=True, tag=False):
    """Time passed: the owner of a quiet partition lets its timers fire. One subclass for each input topic."""

    data: Nothing = Nothing()


def type_of(event: type[Envelope]) -> str:
    """The CloudEvents `type` of an event class."""
    tag = event.__struct_config__.tag
    assert isinstance(tag, str), event
    return tag


def sequence(position: int) -> str:
    """Positions are written with equal length, so that text order is their order."""
    return f"{position:020d}"
