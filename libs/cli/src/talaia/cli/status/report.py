"""What `talaia status` found, as a program reads it; None and empty: nobody answered. And what of it is wrong."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from talaia.stream.last_words import Ends

BEHIND_S = 60.0
"""A worker that lets an event wait longer is behind (the alert WorkerBehind says the same)."""


class Rejects(msgspec.Struct, frozen=True, kw_only=True):
    """Rejects that the broker still has of one topic, and the newest of them."""

    count: int
    newest_reason: str = ""
    newest_at: datetime | None = None


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One topic as its worker reads it.

    lag_s: stream seconds from its first unsettled event to its last, slowest partition. waiting_s: seconds since the first
    unsettled event reached the broker. Both None when that cannot be read, 0 when everything is settled.
    """

    topic: str
    lag_events: int | None = None
    lag_s: float | None = None
    waiting_s: float | None = None
    rejects: Rejects | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A process in a worker's group, and which partitions it holds."""

    name: str
    host: str
    partitions: list[int]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One worker of the catalogue, as the broker sees it. state: Kafka's word; free: partitions that nobody holds."""

    worker: str
    inputs: list[Input]
    state: str = ""
    members: list[Member] = []
    free: list[int] = []

    @property
    def lag_events(self) -> int:
        """Of all inputs."""
        return sum(each.lag_events or 0 for each in self.inputs)


class Bus(msgspec.Struct, frozen=True, kw_only=True):
    """The broker. error: why it does not say more; missing: topics that it lacks."""

    kafka: str
    error: str = ""
    missing: list[str] = []
    groups: list[Group] = []


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A worker or an API, as it says itself. state: in words; view_age_s, view_lag_events: of an API's view."""

    name: str
    url: str
    answers: bool = False
    ready: bool = False
    state: str = ""
    recovering: dict[int, float] = {}
    ends: Ends | None = None
    view_age_s: float | None = None
    view_lag_events: int | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything, and what is wrong with it, a sentence each."""

    at: datetime
    bus: Bus
    processes: list[Process]
    problems: list[str] = []


def problems(bus: Bus, processes: list[Process]) -> Iterator[str]:
    """What a person should see to, worst first."""
    if bus.error:
        yield bus.error
    if bus.missing:
        lacking = f"Kafka has no topic {', '.join(bus.missing)}, or hides it from this user"
        yield f"{lacking}: run `talaia topics apply`, or correct TALAIA_TOPIC_PREFIX"
    for group in bus.groups:
        yield from _of_group(group)
    for process in processes:
        yield from _of_process(process)


def _of_group(group: Group) -> Iterator[str]:
    if group.state and not group.members and (group.state == "Empty" or group.lag_events):
        yield f"nobody does the work of {group.worker}: start it, and look at the log of the one that ended"
    elif group.state == "Stable" and group.free:
        yield f"{group.worker}: nobody holds partitions {', '.join(map(str, group.free))}"
    for each in group.inputs:
        if each.waiting_s is not None and each.waiting_s > BEHIND_S:
            yield f"{group.worker} is behind: an event on {each.topic} has waited for {words(each.waiting_s)}"
        elif each.lag_events is None and group.state:
            yield f"Kafka does not say how far {group.worker} is on {each.topic}"


def _of_process(process: Process) -> Iterator[str]:
    if not process.answers:
        yield f"{process.name} does not answer at {process.url}{_last_end(process)}"
    elif not process.ready:
        yield f"{process.name} is not ready: {process.state}{_last_end(process)}"
    elif process.view_age_s is not None and process.view_age_s > BEHIND_S:
        yield f"the view of {process.name} is {words(process.view_age_s)} old: {process.state}"


def _last_end(process: Process) -> str:
    if process.ends is None or not process.ends.last:
        return ""
    end = process.ends.last[-1]
    return f"; it last ended at {end.at:%Y-%m-%d %H:%M:%S} UTC with exit code {end.code}: {end.why}"


def words(seconds: float) -> str:
    """A duration for people."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"
