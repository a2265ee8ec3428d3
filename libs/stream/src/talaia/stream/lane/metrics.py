"""What a worker counts, for Prometheus. Counted by slice and settle, sampled by timer, never by event."""

from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from talaia.stream.folding.records import Outgoing, Reject

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one worker."""

    def __init__(self, registry: CollectorRegistry) -> None:
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
        self.partitions = Gauge("talaia_partitions", "Partitions held", registry=registry)
        self.state_parts = Gauge("talaia_state_parts", "Parts in memory", registry=registry)
        self.state_bytes = Gauge("talaia_state_bytes", "Encoded size of the parts in memory", registry=registry)
        self.lag_events = Gauge("talaia_lag_events", "Input records not yet settled", ["topic"], registry=registry)
        self.lag_seconds = Gauge("talaia_lag_seconds", "Stream clock behind the wall, slowest partition", registry=registry)
        self.heartbeat_age = Gauge("talaia_heartbeat_age_seconds", "Since the last good heartbeat", registry=registry)
        self.watchdog = Gauge("talaia_watchdog_ok", "1 while the watchdog finds it ready", registry=registry)

    def settled(self, slices: int, messages: Sequence[Outgoing], rejects: Sequence[Reject], seconds: float) -> None:
        """One settle is acknowledged."""
        self.settles.inc()
        self.slices.inc(slices)
        self.settle_seconds.observe(seconds)
        for topic, count in Tally(message.topic for message in messages).items():
            self.produced.labels(topic).inc(count)
        for (topic, reason), count in Tally((reject.topic, reject.reason) for reject in rejects).items():
            self.rejected.labels(topic, reason).inc(count)
