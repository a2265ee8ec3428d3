"""What the watchdog and the gauges see of a running worker; read only, from any thread."""

import time
from collections.abc import Iterator
from typing import Any

from faust.types import TP

from talaia.stream.lane.app import WorkerApp
from talaia.stream.lane.refusal import why_not_read
from talaia.stream.lane.watchdog import Place, Signs


class Observer:
    """Looks at one app."""

    def __init__(self, app: WorkerApp) -> None:
        self._app = app
        self._loop_beat_at = time.monotonic()

    def look(self) -> Signs:
        """The signs now; asks the event loop for the next beat."""
        app = self._app
        consumer = getattr(getattr(app._consumer, "_thread", None), "_consumer", None)
        if consumer is None:
            self._beat()
            return Signs(False, app.should_stop, None, self._loop_beat_at, {})
        app.loop.call_soon_threadsafe(self._beat)
        joined = app.rebalancing_count > 0 and not app.rebalancing
        ready = joined and all(partition.ready for partition in list(app.lane.partitions.values()))
        return Signs(ready, app.should_stop, _coordinator_error(consumer._coordinator), self._loop_beat_at, dict(places(app)))

    def _beat(self) -> None:
        self._loop_beat_at = time.monotonic()


def places(app: WorkerApp) -> Iterator[tuple[Place, tuple[int, int]]]:
    """Settled and end offset of each input partition held; nothing before the group is joined."""
    lane, consumer = app.lane, app._consumer
    for number, partition in list(lane.partitions.items()) if consumer is not None else ():
        for topic in lane.processor.inputs:
            tp = TP(lane.settings.topic(topic.name), number)
            try:
                end = consumer.highwater(tp)
                read = _read(consumer, tp)
            except Exception:  # noqa: S112 - taken away this moment
                continue
            if end is not None:
                settled = partition.settler.settled.get(topic.name, 0)
                # a transaction ends with a marker, which has an offset and is no record; a list that was read and not
                # offered is none either, but then a rebalance goes on, and nothing is ready
                at_end = read >= end and partition.ready and partition.settler.idle and not partition.busy
                yield (topic.name, number), (end if at_end and settled >= partition.position(topic.name) else settled, end)


def _read(consumer: Any, tp: TP) -> int:
    """The offset up to which the client has read; 0 while it does not know."""
    assigned = consumer._thread._consumer._subscription.subscription.assignment
    return assigned.state_value(tp)._position or 0


def _coordinator_error(coordinator: object) -> str | None:
    pending = getattr(coordinator, "_pending_exception", None)
    if pending is not None:
        return why_not_read(pending)
    task = getattr(coordinator, "_coordination_task", None)
    return "its task has ended" if task is not None and task.done() else None
