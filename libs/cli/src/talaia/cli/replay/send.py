"""A merged recording onto the bus: in batches, in order, at its pace, closed with ticks."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from talaia.cli.replay.pace import Beat, Leash, Place
from talaia.stream import topics
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message, Processor
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable

_BATCH = 1_000
_GATHER_S = 0.1
_OUTAGE_S = 120.0
"""A broker that is restarted does not end a replay."""


@dataclass
class Sent:
    """What a replay sent. ticks: those that closed it; keys: one message key of every touched partition."""

    events: int = 0
    ticks: int = 0
    last: datetime | None = None
    keys: dict[int, str] = field(default_factory=dict)


Told = Callable[[Sent], None]


async def send_all(
    settings: BusSettings, processor: Processor, messages: Iterator[Message], factor: float, sent: Sent, told: Told
) -> None:
    """Send a recording, or the next piece of one; `told` hears of every batch. factor 0: as fast as it goes.

    Raises BusUnavailable, and Trouble when the worker stands still.
    """

    async def lag() -> dict[Place, int] | None:
        with contextlib.suppress(BusUnavailable):
            return await asyncio.to_thread(topics.lag, settings, processor.name, processor.inputs)
        return None

    beat, leash = Beat(factor), Leash(lag, paced=factor > 0)
    async with Producer(settings, _OUTAGE_S) as producer:
        batch: list[Message] = []
        for message in messages:
            recorded = message.event.recordedtime
            due_in_s = beat.due_in_s(recorded)
            if batch and (len(batch) >= _BATCH or due_in_s > _GATHER_S):
                await _send(producer, batch, leash, sent, told)
                batch = []
            if due_in_s > _GATHER_S:
                await asyncio.sleep(due_in_s)
            if leash.far(recorded):
                await _send(producer, batch, leash, sent, told)
                batch = []
                beat.waited(await leash.hold(recorded))
            batch.append(message)
        await _send(producer, batch, leash, sent, told)


async def close(settings: BusSettings, processor: Processor, sent: Sent) -> None:
    """End a replay: time has come to its last moment in every partition that it touched."""
    if sent.last is None:
        return
    async with Producer(settings) as producer:
        await producer.send([processor.tick(key, sent.last) for key in sent.keys.values()])
    sent.ticks += len(sent.keys)


async def _send(producer: Producer, batch: list[Message], leash: Leash, sent: Sent, told: Told) -> None:
    await producer.send(batch)
    for message in batch:
        partition = partition_of(message.key.encode(), message.topic.partitions)
        leash.sent((message.topic.name, partition), message.event.recordedtime)
        sent.keys.setdefault(partition, message.key)
    if batch:
        sent.events += len(batch)
        sent.last = batch[-1].event.recordedtime
        told(sent)
