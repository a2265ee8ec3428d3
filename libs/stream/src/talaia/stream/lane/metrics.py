"""What a worker counts, for Prometheus: by slice and settle, never by event. What it shows when asked: `gauges`."""

from collections import Counter as Tally
from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from talaia.stream.folding.reading import REASONS
from talaia.stream.folding.records import Outgoing, Reject

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The counts of one worker. inputs: names of the topics it reads."""

    def __init__(self, registry: CollectorRegistry, inputs: Iterable[str] = ()) -> None:
        self.registry = registry
        self.consumed = Counter("talaia_consumed", "Input records applied or rejected", ["topic"], registry=registry)
        self.skipped = Counter("talaia_skipped", "Input records that the state covered already", ["topic"], registry=registry)
        self.produced = Counter("talaia_produced", "Output events acknowledged", ["topic"], registry=registry)
        self.rejected = Counter("talaia_rejected", "Input records rejected", ["topic", "reason"], registry=registry)
        self.ticks = Counter("talaia_ticks", "Ticks written into quiet partitions", registry=registry)
        self.slice_seconds = Histogram("talaia_slice_seconds", "Work on one slice", buckets=_SECONDS, registry=registry)
        self.settles = Counter("talaia_settles", "Settles", registry=registry)
        self.slices = Counter("talaia_slices", "Slices settled", registry=registry)
        self.settle_seconds = Histogram("talaia_settle_seconds", "One settle", buckets=_SECONDS, registry=registry)
        self.recovery_seconds = Gauge("talaia_recovery_seconds", "The last claim and recovery", registry=registry)
        self.underreplicated = Gauge(
            "talaia_underreplicated_partitions", "Of its topics: fewer copies in sync than there are", registry=registry
        )
        self.ready = Gauge("talaia_ready", "1 while all partitions held are recovered", registry=registry)
        for topic in inputs:
            # a counter that appears with its first count looks to Prometheus as if nothing had been counted
            self.consumed.labels(topic)
            for reason in REASONS:
                self.rejected.labels(topic, reason)

    def watchdog_exited(self, times: int) -> None:
        """How often the watchdog ended this worker before its present start."""
        Counter("talaia_watchdog_exits", "Ends of this worker by its watchdog", registry=self.registry).inc(times)

    def settled(self, slices: int, messages: Sequence[Outgoing], rejects: Sequence[Reject], seconds: float) -> None:
        """One settle is acknowledged."""
        self.settles.inc()
        self.slices.inc(slices)
        self.settle_seconds.observe(seconds)
        for topic, count in Tally(message.topic for message in messages).items():
            self.produced.labels(topic).inc(count)
        for (topic, reason), count in Tally((reject.topic, reject.reason) for reject in rejects).items():
            self.rejected.labels(topic, reason).inc(count)
