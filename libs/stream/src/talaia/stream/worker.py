"""The one door of a worker: run a processor on Kafka until told to end."""

import threading
import time
from typing import Any, NoReturn

import faust
from prometheus_client import CollectorRegistry, ProcessCollector

from talaia.contracts.catalogue import Changelog, Topic
from talaia.stream.lane.app import WorkerApp, new_app
from talaia.stream.lane.endpoint import serve
from talaia.stream.lane.lane import Lane
from talaia.stream.lane.limits import Limits
from talaia.stream.lane.metrics import Metrics
from talaia.stream.lane.signs import Observer
from talaia.stream.lane.ticks import Ticker
from talaia.stream.lane.watchdog import Watchdog, watch
from talaia.stream.logs import configure_logs
from talaia.stream.preflight import topic_ids
from talaia.stream.processor import Processor
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import OVERDUE, REFUSED, UNAVAILABLE, Stop, die
from talaia.stream.unavailable import BusUnavailable

_SAMPLE_EVERY_S = 2.0
_TICK_EVERY_S = 0.5


def run_worker(processor: Processor, settings: BusSettings) -> NoReturn:
    """Run until SIGTERM or SIGINT (exit code 0), or until going on would harm (another code, and the reason in the log)."""
    configure_logs(settings.instance or processor.name)
    limits = Limits(session_s=settings.session_timeout_s)
    try:
        topic_ids(settings, topics_of(processor))
        metrics = Metrics(_registry())
        app = new_app(Lane(processor, settings, limits, metrics))
        observer, watchdog = Observer(app), Watchdog(limits, time.monotonic())
        metrics.watchdog.set_function(lambda: float(watchdog.ready))
        if settings.metrics_port:
            serve(settings.metrics_port, metrics.registry, lambda: (watchdog.ready, _facts(app)))
    except BusUnavailable as why:
        die(UNAVAILABLE, str(why))
    except Stop as why:
        die(REFUSED, str(why))
    watch(watchdog, observer.look)
    _on_timers(app, observer)
    _Process(app, limits.exit_s).execute_from_commandline()
    raise SystemExit(0)  # not reached: the process has ended by itself


def topics_of(processor: Processor) -> tuple[Topic, ...]:
    """Every topic that a worker touches."""
    changelog = Changelog(worker=processor.name, inputs=processor.inputs).topic
    return (*processor.inputs, *processor.outputs, *(topic.rejected for topic in processor.inputs), changelog)


def _on_timers(app: WorkerApp, observer: Observer) -> None:
    async def sample() -> None:
        observer.sample()

    app.timer(_TICK_EVERY_S)(Ticker(app.lane).look)
    app.timer(_SAMPLE_EVERY_S)(sample)


def _facts(app: WorkerApp) -> dict[str, Any]:
    lane = app.lane
    return {
        "worker": lane.worker,
        "release": lane.processor.version,
        "partitions": sorted(number for number, partition in list(lane.partitions.items()) if partition.ready),
        "heartbeat_age_s": round(lane.pulse.age_s, 1),
    }


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


class _Process(faust.Worker):
    """Faust's worker process, with our logs and a deadline for its end."""

    def __init__(self, app: WorkerApp, exit_s: float) -> None:
        super().__init__(app, quiet=True, redirect_stdouts=False, override_logging=False)
        self.spinner = None
        self._exit_s = exit_s

    def _schedule_shutdown(self, signal: Any) -> None:
        """Settle, commit, leave; what takes longer is cut off: the progress record tells what to do again."""
        deadline = threading.Timer(self._exit_s, die, (OVERDUE, f"not ended {self._exit_s} s after {signal.name}"))
        deadline.daemon = True
        deadline.start()
        super()._schedule_shutdown(signal)
