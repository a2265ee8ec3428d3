"""What a worker shows of itself when it is asked, in whatever state it is: its gauges, and the facts of `/healthz`."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from talaia.contracts.vocabulary import Clock
from talaia.stream.clock import wall_now
from talaia.stream.folding.records import BEGINNING
from talaia.stream.lane.app import WorkerApp
from talaia.stream.lane.partition import Partition
from talaia.stream.lane.signs import places


class Gauges(Collector):
    """Reads one app, from any thread."""

    def __init__(self, app: WorkerApp) -> None:
        self._app = app

    def collect(self) -> Iterator[Metric]:
        """The gauges as they stand."""
        partitions = self._partitions()
        state = [partition.fold.state for partition in partitions.values()]
        yield GaugeMetricFamily("talaia_partitions", "Partitions held", value=len(partitions))
        yield GaugeMetricFamily("talaia_state_parts", "Parts in memory", value=sum(each.parts_count for each in state))
        size_bytes = sum(each.parts_bytes for each in state)
        yield GaugeMetricFamily("talaia_state_bytes", "Encoded size of the parts in memory", value=size_bytes)
        read = min((partition.recovered for partition in partitions.values()), default=1.0)
        yield GaugeMetricFamily("talaia_recovery_ratio", "Share of the changelog read, slowest partition; 1: all", value=read)
        age_s = self._app.lane.pulse.age_s
        yield GaugeMetricFamily("talaia_heartbeat_age_seconds", "Since the last good heartbeat", value=age_s)
        for gauge in self._app.lane.processor.gauges:
            yield GaugeMetricFamily(gauge.metric, gauge.help, value=sum(each.sum_of(gauge) for each in state))
        yield from self._lag(partitions)

    def facts(self) -> dict[str, Any]:
        """For `/healthz`."""
        lane, partitions = self._app.lane, self._partitions()
        return {
            "worker": lane.worker,
            "release": lane.processor.version,
            "partitions": sorted(number for number, partition in partitions.items() if partition.ready),
            "recovering": {number: round(p.recovered, 3) for number, p in sorted(partitions.items()) if not p.ready},
            "heartbeat_age_s": round(lane.pulse.age_s, 1),
        }

    def _partitions(self) -> dict[int, Partition]:
        return dict(self._app.lane.partitions)

    def _lag(self, partitions: dict[int, Partition]) -> Iterator[Metric]:
        """Of recovered partitions: before that nobody knows what is settled."""
        lane = self._app.lane
        events = {topic.name: 0 for topic in lane.processor.inputs}
        clocks = []
        for (topic, number), (settled, end) in places(self._app):
            if number in partitions and partitions[number].ready and end > settled:
                events[topic] += end - settled
                clocks.append(partitions[number].fold.clock)
        family = GaugeMetricFamily("talaia_lag_events", "Input records not yet settled", labels=["topic"])
        for topic, lag in events.items():
            family.add_metric([topic], lag)
        yield family
        if lane.settings.clock is Clock.WALL:  # a recording's time says nothing beside the wall's
            behind_s = max(((wall_now() - clock).total_seconds() for clock in clocks if clock > BEGINNING), default=0.0)
            help_ = "Wall minus stream clock, of the slowest partition that has something to settle"
            yield GaugeMetricFamily("talaia_lag_seconds", help_, value=max(behind_s, 0.0))
