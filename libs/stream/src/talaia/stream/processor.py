"""What a service gives to the bus: how an event or a timer changes the parts of one key, and what it says."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from talaia.contracts.catalogue import Topic
from talaia.contracts.envelope import Envelope


class Cause(NamedTuple):
    """Where the input stands that led to an output; `sequence` orders the outputs of one partition, whatever their input."""

    topic: str
    partition: int
    offset: int
    sequence: str

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Message(NamedTuple):
    """An event on its way to a topic; the key decides its partition."""

    topic: Topic
    key: str
    event: Envelope


class Rejected(Exception):
    """A readable event that cannot be applied; it goes to the rejected topic and changes nothing.

    reason: a stable snake_case word for counting; detail: a sentence without personal data or secrets.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class PartGauge(NamedTuple):
    """A number that a worker shows of its state: that of every part of a name, added up over all keys.

    metric, help: for Prometheus; value: of one part.
    """

    metric: str
    help: str
    part: str
    value: Callable[[Any], float]


class Step(Protocol):
    """What follows from one event or timer.

    changed: parts by name, None ends a part. outcomes: what to say, in order. wakes: when a part is to be
    woken, None stops its timer; a part's timer is gone once it has fired.
    """

    @property
    def changed(self) -> Mapping[str, Any]:
        """Parts that are new or different, by name; None ends one."""
        ...

    @property
    def outcomes(self) -> Sequence[Any]:
        """What to say, in order."""
        ...

    @property
    def wakes(self) -> Mapping[str, datetime | None]:
        """Timers set (a moment) or stopped (None), by part."""
        ...


class Processor(Protocol):
    """A worker's whole behaviour: deterministic, synchronous, without a clock of its own.

    `now` is the stream clock of the partition: an input recorded earlier is taken at the clock.
    """

    @property
    def name(self) -> str:
        """Consumer group, changelog and reader of rejects: `waste-worker`."""
        ...

    @property
    def version(self) -> str:
        """Release of the service."""
        ...

    @property
    def inputs(self) -> tuple[Topic, ...]:
        """What it reads, keyed alike; the first also takes the ticks."""
        ...

    @property
    def outputs(self) -> tuple[Topic, ...]:
        """What it writes."""
        ...

    @property
    def part_type(self) -> Any:
        """Type of its parts: one msgspec struct, or a tagged union of several."""
        ...

    @property
    def part_format(self) -> int:
        """Rises when an older release could not read the parts."""
        ...

    @property
    def gauges(self) -> tuple[PartGauge, ...]:
        """What it shows of its state beside what every worker does."""
        ...

    def on_event(self, key: str, parts: Mapping[str, Any], event: Any, now: datetime) -> Step:
        """Apply one event of a key. Raises Rejected when it cannot be applied; any other exception is a reject too, `failed`."""
        ...

    def on_wake(self, key: str, parts: Mapping[str, Any], names: tuple[str, ...], now: datetime) -> Step:
        """All parts of one key whose timers are due at the same instant, by name."""
        ...

    def message(self, key: str, outcome: Any, cause: Cause) -> Message:
        """An outcome as an event of a topic; `sequence` and `cause` come from the cause."""
        ...

    def area(self, key: str, parts: Mapping[str, Any]) -> str | None:
        """The operating area that hears of what is rejected of a key, None where nobody configured one."""
        ...

    def tick(self, key: str, now: datetime) -> Message:
        """The event that lets the timers of a quiet partition fire, for inputs[0]."""
        ...
