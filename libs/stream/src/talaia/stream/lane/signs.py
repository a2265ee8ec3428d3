"""What the watchdog and the gauges see of a running worker; read only, from any thread."""

import time
from collections.abc import Iterator

from faust.types import TP

from talaia.stream.lane.app import WorkerApp
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
        ready = not app.rebalancing and all(partition.ready for partition in list(app.lane.partitions.values()))
        return Signs(ready, app.should_stop, _coordinator_error(consumer._coordinator), self._loop_beat_at, dict(places(app)))

    def _beat(self) -> None:
        self._loop_beat_at = time.monotonic()


def places(app: WorkerApp) -> Iterator[tuple[Place, tuple[int, int]]]:
    """Settled and end offset of each input partition held; nothing before the group is joined."""
    lane, consumer = app.lane, app._consumer
    for number, partition in list(lane.partitions.items()) if consumer is not None else ():
        for topic in lane.processor.inputs:
            try:
                end = consumer.highwater(TP(lane.settings.topic(topic.name), number))
            except Exception:  # noqa: S112 - taken away this moment
                continue
            if end is not None:
                yield (topic.name, number), (partition.settler.settled.get(topic.name, 0), end)


def _coordinator_error(coordinator: object) -> str | None:
    pending = getattr(coordinator, "_pending_exception", None)
    if pending is not None:
        return f"{type(pending).__name__}: {pending}"
    task = getattr(coordinator, "_coordination_task", None)
    return "its task has ended" if task is not None and task.done() else None
