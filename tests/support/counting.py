"""A small processor that shows every mistake of the bus for ever: it counts, and chains a checksum over its events.

One event lost, doubled or in another order changes the checksum of its key. A key silent for some seconds of stream time
says so, by a timer.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from talaia.contracts.catalogue import SIGNALS, Changelog, Cleanup, Topic
from talaia.contracts.envelope import Envelope, Tick
from talaia.contracts.vocabulary import Access
from talaia.stream.processor import Cause, Message, Rejected

PARTITIONS = 4
SILENCE = timedelta(seconds=5)
EVERY = 5


class Click(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    pad: str = ""


class Clicked(Envelope, frozen=True, kw_only=True, tag="city.talaia.test.clicks.clicked.v1"):
    data: Click


class ClicksTick(Tick, frozen=True, kw_only=True, tag="city.talaia.test.clicks.tick.v1"):
    pass


class Count(msgspec.Struct, frozen=True, kw_only=True):
    what: str
    key: str
    count: int
    chain: int


class Counted(Envelope, frozen=True, kw_only=True, tag="city.talaia.test.counts.counted.v1"):
    data: Count


class Tally(msgspec.Struct, frozen=True):
    """State of one key."""

    count: int = 0
    chain: int = 0
    silences: int = 0
    last: str = ""
    pad: str = ""


def topic(name: str, events: tuple[type[Envelope], ...], read_by: tuple[str, ...]) -> Topic:
    return Topic(
        name=name,
        purpose="tests",
        owner="tests",
        key="key",
        events=events,
        cleanup=Cleanup.DELETE,
        retention=None,
        access=Access.OPERATIONAL,
        personal_data="none",
        written_by=("tests", "count-worker"),
        read_by=read_by,
        partitions=PARTITIONS,
    )


CLICKS = topic("test.clicks.v1", (Clicked, ClicksTick), ("count-worker",))
COUNTS = topic("test.counts.v1", (Counted,), ())
STATE = Changelog(worker="count-worker", inputs=(CLICKS,)).topic
TOPICS = (CLICKS, COUNTS, SIGNALS, CLICKS.rejected, STATE)


@dataclass(frozen=True)
class Step:
    changed: Mapping[str, Any]
    outcomes: tuple[tuple[str, str, Tally, datetime], ...] = ()
    wakes: Mapping[str, datetime | None] = field(default_factory=dict)


class Counting:
    """Says every fifth count and every silence."""

    name = "count-worker"
    version = "1"
    inputs = (CLICKS,)
    outputs: tuple[Topic, ...] = (COUNTS, SIGNALS)
    part_type = Tally
    part_format = 1
    gauges = ()

    def on_event(self, key: str, parts: Mapping[str, Any], event: Any, now: datetime) -> Step:
        if event.data.number < 0:
            raise Rejected("negative", "a number is not below zero")
        if event.data.number == 666:
            raise ZeroDivisionError("a mistake of the service")
        before = parts.get("tally") or Tally()
        chain = zlib.crc32(event.id.encode(), before.chain)
        after = Tally(before.count + 1, chain, before.silences, event.id, event.data.pad)
        said = (("count", event.id, after, now),) if after.count % EVERY == 0 else ()
        return Step({"tally": after}, said, {"tally": now + SILENCE})

    def on_wake(self, key: str, parts: Mapping[str, Any], names: tuple[str, ...], now: datetime) -> Step:
        before = parts["tally"]
        chain = zlib.crc32(now.isoformat().encode(), before.chain)
        after = Tally(before.count, chain, before.silences + 1, before.last, before.pad)
        return Step({"tally": after}, (("silence", f"{before.last}-silent", after, now),))

    def message(self, key: str, outcome: Any, cause: Cause) -> Message:
        what, identity, tally, at = outcome
        data = Count(what=what, key=key, count=tally.count, chain=tally.chain)
        event = Counted(
            id=identity, source="count-worker", time=at, recordedtime=at, sequence=cause.sequence, cause=str(cause), data=data
        )
        return Message(COUNTS, key, event)

    def area(self, key: str, parts: Mapping[str, Any]) -> str | None:
        return "tests"

    def tick(self, key: str, now: datetime) -> Message:
        return Message(CLICKS, key, ClicksTick(id=f"tick-{key}-{now.isoformat()}", source="tick", time=now, recordedtime=now))


def click(key: str, number: int, at: datetime, pad: str = "") -> Message:
    """An event."""
    event = Clicked(id=f"{key}-{number}", source="finger", time=at, recordedtime=at, data=Click(number=number, pad=pad))
    return Message(CLICKS, key, event)


T0 = datetime(2026, 3, 1, tzinfo=UTC)
