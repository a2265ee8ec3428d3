"""Ticks: the owner of a quiet partition writes the time into it, so that its timers fire, and fire again in a replay."""

import asyncio
import time

from aiokafka.errors import KafkaError, ProducerClosed

from talaia.contracts.vocabulary import Clock
from talaia.stream.clock import wall_now
from talaia.stream.folding.records import Outgoing
from talaia.stream.lane.lane import Lane
from talaia.stream.lane.partition import Partition
from talaia.stream.stopping import SETTLE_FAILED, die


class Ticker:
    """Ticks the partitions of a lane; never while a recording is replayed."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._under_way: dict[int, asyncio.Task[None]] = {}

    async def look(self) -> None:
        """Tick where a timer is due by the wall and nothing came for a while.

        Waits for no answer: a partition whose broker is away does not hold up the timers of the others.
        """
        if self._lane.settings.clock is not Clock.WALL:
            return
        now = wall_now()
        self._under_way = {number: task for number, task in self._under_way.items() if not task.done()}
        for number, partition in self._lane.partitions.items():
            due = partition.fold.next_due() if number not in self._under_way and self._quiet(partition) else None
            if due is not None and due[0] <= now:
                partition.touched_at = time.monotonic()
                tick = partition.fold.outgoing(self._lane.processor.tick(due[1], now))
                self._under_way[number] = asyncio.create_task(self._tick(tick, number))

    async def _tick(self, tick: Outgoing, number: int) -> None:
        try:
            await self._lane.outputs.send([tick], [], number)
        except ProducerClosed:  # the worker ends
            return
        except KafkaError as error:
            die(SETTLE_FAILED, f"{self._lane.worker} cannot tick partition {number}: {error}")
        self._lane.metrics.ticks.inc()

    def _quiet(self, partition: Partition) -> bool:
        quiet_s = time.monotonic() - partition.touched_at
        return partition.ready and not partition.busy and partition.settler.idle and quiet_s >= self._lane.limits.quiet_s
