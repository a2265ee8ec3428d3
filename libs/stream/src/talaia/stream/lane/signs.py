"""What the watchdog and the metrics see of a running worker; read only, from any thread."""

import time
from collections.abc import Iterator

from faust.types import TP

from talaia.stream.clock import wall_now
from talaia.stream.folding.fold import BEGINNING
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
        return Signs(ready, app.should_stop, _coordinator_error(consumer._coordinator), self._loop_beat_at, dict(self._places()))

    def sample(self) -> None:
        """Set the gauges."""
        metrics, lane = self._app.lane.metrics, self._app.lane
        folds = [partition.fold for partition in lane.partitions.values()]
        metrics.partitions.set(len(folds))
        metrics.state_parts.set(sum(fold.state.parts_count for fold in folds))
        metrics.state_bytes.set(sum(fold.state.parts_bytes for fold in folds))
        metrics.heartbeat_age.set(lane.pulse.age_s)
        lags: dict[str, int] = {topic.name: 0 for topic in lane.processor.inputs}
        for (topic, _), (settled, end) in self._places():
            lags[topic] += max(0, end - settled)
        for topic, lag in lags.items():
            metrics.lag_events.labels(topic).set(lag)
        clocks = [fold.clock for fold in folds if fold.clock > BEGINNING]
        metrics.lag_seconds.set((wall_now() - min(clocks)).total_seconds() if clocks and any(lags.values()) else 0)

    def _places(self) -> Iterator[tuple[Place, tuple[int, int]]]:
        lane, consumer = self._app.lane, self._app.consumer
        for number, partition in list(lane.partitions.items()):
            for topic in lane.processor.inputs:
                try:
                    end = consumer.highwater(TP(lane.settings.topic(topic.name), number))
                except Exception:  # noqa: S112 - taken away this moment
                    continue
                if end is not None:
                    yield (topic.name, number), (partition.settler.settled.get(topic.name, 0), end)

    def _beat(self) -> None:
        self._loop_beat_at = time.monotonic()


def _coordinator_error(coordinator: object) -> str | None:
    pending = getattr(coordinator, "_pending_exception", None)
    if pending is not None:
        return f"{type(pending).__name__}: {pending}"
    task = getattr(coordinator, "_coordination_task", None)
    return "its task has ended" if task is not None and task.done() else None
