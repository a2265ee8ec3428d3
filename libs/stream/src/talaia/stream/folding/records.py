"""What goes through the fold of a partition: records in; messages, rejects, changed parts and progress out."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, NamedTuple, Protocol

import msgspec
from msgspec import Meta

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9000, 1, 1, tzinfo=UTC)
"""Between these the stream clock moves, so that a service may reckon some time back and ahead of it."""
Number = Annotated[int, Meta(ge=0, le=10**12)]
"""A count of records in a partition: what is made of it stays below 2^63."""


class Record(Protocol):
    """A record as consumers deliver it (aiokafka's ConsumerRecord fits)."""

    @property
    def offset(self) -> int:
        """Its place in the partition."""
        ...

    @property
    def timestamp(self) -> int:
        """Milliseconds since 1970, by the broker."""
        ...

    @property
    def key(self) -> bytes | None:
        """Decides its partition."""
        ...

    @property
    def value(self) -> bytes | None:
        """The event."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Kafka headers."""
        ...


class Outgoing(NamedTuple):
    """A message ready for a topic, without the installation's prefix."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class Reject(NamedTuple):
    """A record that could not be applied, and why."""

    topic: str
    record: Record
    reason: str
    detail: str
    source: str


class Progress(msgspec.Struct, frozen=True):
    """How far a partition's state has come: last applied offset and id of each input topic, and the stream clock.

    said: outputs already said for the record after these offsets, when a slice ended while its timers fired.
    """

    offsets: dict[str, Number]
    clock: Annotated[datetime, Meta(tz=True)]
    topic_ids: dict[str, str] = {}
    said: Number = 0


class Slice(NamedTuple):
    """What some records led to. taken: how many of the given ones; changed: changelog records; progress: after them."""

    taken: int
    skipped: int
    changed: dict[bytes, bytes | None]
    messages: list[Outgoing]
    rejects: list[Reject]
    progress: Progress
