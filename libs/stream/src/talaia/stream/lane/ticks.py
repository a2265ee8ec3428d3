"""Ticks: the owner of a quiet partition writes the time into it, so that its timers fire, and fire again in a replay."""

import time

from talaia.contracts.vocabulary import Clock
from talaia.stream.clock import wall_now
from talaia.stream.lane.lane import Lane
from talaia.stream.lane.partition import Partition


class Ticker:
    """Ticks the partitions of a lane; never while a recording is replayed."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def look(self) -> None:
        """Tick where a timer is due by the wall and nothing came for a while."""
        if self._lane.settings.clock is not Clock.WALL:
            return
        now = wall_now()
        ticks = []
        for number, partition in self._lane.partitions.items():
            due = partition.fold.next_due() if self._quiet(partition) else None
            if due is not None and due[0] <= now:
                partition.touched_at = time.monotonic()
                ticks.append((partition.fold.outgoing(self._lane.processor.tick(due[1], now)), number))
        for tick, number in ticks:
            await self._lane.outputs.send([tick], [], number)
            self._lane.metrics.ticks.inc()

    def _quiet(self, partition: Partition) -> bool:
        quiet_s = time.monotonic() - partition.touched_at
        return partition.ready and not partition.busy and partition.settler.idle and quiet_s >= self._lane.limits.quiet_s
