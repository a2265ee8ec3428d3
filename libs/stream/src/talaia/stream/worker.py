"""The one door of a worker: run a processor on Kafka until told to end."""

import gc
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

import faust
import msgspec
from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry, ProcessCollector

from talaia.contracts.catalogue import Changelog, Topic
from talaia.stream.certificates import Certificates
from talaia.stream.connection import kafka_file_of, no_answer
from talaia.stream.lane.app import WorkerApp, new_app
from talaia.stream.lane.endpoint import serve
from talaia.stream.lane.gauges import Gauges
from talaia.stream.lane.inspection import Inspection, TopicIds
from talaia.stream.lane.lane import Lane
from talaia.stream.lane.limits import Limits
from talaia.stream.lane.metrics import Metrics
from talaia.stream.lane.signs import Observer
from talaia.stream.lane.ticks import Ticker
from talaia.stream.lane.watchdog import Watchdog, watch
from talaia.stream.last_words import Ends, LastWords, read_ends
from talaia.stream.logs import configure_logs
from talaia.stream.preflight import look
from talaia.stream.processor import Processor
from talaia.stream.rights import rights_of
from talaia.stream.settings import WorkerSettings
from talaia.stream.stopping import OVERDUE, REFUSED, UNAVAILABLE, Stop, die, leave
from talaia.stream.unavailable import BusUnavailable

_TICK_EVERY_S = 0.5
COLLECT_EVERY = 10_000
"""New objects between two looks for cycles. Records and parts make none; looking at them often costs a twentieth of the lane."""
_INSPECT_EVERY_S = 10.0


def run_worker(processor: Processor, settings: WorkerSettings) -> NoReturn:
    """Run until SIGTERM or SIGINT (exit code 0), or until going on would harm (another code, and the reason in the log)."""
    configure_logs(settings.instance or processor.name)
    gc.set_threshold(COLLECT_EVERY)
    try:
        limits = Limits(session_s=kafka_file_of(settings).session_timeout_s)
        ends = _ends(settings)
        metrics = Metrics(_registry(settings), [topic.name for topic in processor.inputs])
        preflight = _preflight(processor, settings, metrics)
        ids = preflight()
        app = new_app(Lane(processor, settings, limits, metrics), settings.static_member)
        observer, watchdog = Observer(app), Watchdog(limits, time.monotonic())
        _show(app, watchdog, ends, settings.metrics_port)
    except BusUnavailable as why:
        die(UNAVAILABLE, str(why))
    except Stop as why:
        die(REFUSED, str(why))
    watch(watchdog, observer.look)
    app.timer(_TICK_EVERY_S)(Ticker(app.lane).look)
    _inspect(app, Inspection(preflight, ids))
    code = 0
    try:
        _Process(app, limits.exit_s).execute_from_commandline()
    except SystemExit as end:
        code = int(end.code or 0)
    leave(code)


def topics_of(processor: Processor) -> tuple[Topic, ...]:
    """Every topic that a worker touches."""
    changelog = Changelog(worker=processor.name, inputs=processor.inputs).topic
    return (*processor.inputs, *processor.outputs, *(topic.rejected for topic in processor.inputs), changelog)


def _preflight(processor: Processor, settings: WorkerSettings, metrics: Metrics) -> Callable[[], TopicIds]:
    """What is asked before the start and again while it runs."""
    topics = topics_of(processor)
    rights = rights_of(processor.name, topics)

    def ask() -> TopicIds:
        found = look(settings, topics, rights)
        metrics.underreplicated.set(found.underreplicated)
        return found.ids

    return ask


def _inspect(app: WorkerApp, inspection: Inspection) -> None:
    async def inspect() -> None:
        why = await inspection.complaint()
        if why is not None:
            die(UNAVAILABLE, why)

    app.timer(_INSPECT_EVERY_S)(inspect)


def _ends(settings: WorkerSettings) -> Ends | None:
    """Why this worker ended before; from now on its end is noted too. Raises Stop."""
    if settings.exits_file is None:
        return None
    ends = read_ends(settings.exits_file)
    logging.root.addHandler(LastWords(settings.exits_file))
    return ends


def _show(app: WorkerApp, watchdog: Watchdog, ends: Ends | None, port: int) -> None:
    """Metrics and health. Raises Stop."""
    metrics, gauges = app.lane.metrics, Gauges(app)
    metrics.registry.register(gauges)
    metrics.ready.set_function(lambda: float(watchdog.ready))
    if ends is not None:
        metrics.watchdog_exited(ends.watchdog_exits)
    before = {"ends": None if ends is None else msgspec.to_builtins(ends)}
    if port:
        serve(port, metrics.registry, lambda: (watchdog.ready, gauges.facts() | before))


def _registry(settings: WorkerSettings) -> CollectorRegistry:
    """Raises BusUnavailable."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(Certificates(kafka_file_of(settings)))
    return registry


class _Process(faust.Worker):
    """Faust's worker process, with our logs and a deadline for its end."""

    def __init__(self, app: WorkerApp, exit_s: float) -> None:
        super().__init__(app, quiet=True, redirect_stdouts=False, override_logging=False)
        self.spinner = None
        self._exit_s = exit_s
        self._settings = app.lane.settings

    async def start(self) -> None:
        """Until the end. A broker can go away after the preflight, before Faust's first question."""
        try:
            await super().start()
        except KafkaError as error:
            die(UNAVAILABLE, str(no_answer(self._settings, error)))

    def _schedule_shutdown(self, signal: Any) -> None:
        """Settle, commit, leave; what takes longer is cut off: the progress record tells what to do again."""
        deadline = threading.Timer(self._exit_s, die, (OVERDUE, f"not ended {self._exit_s} s after {signal.name}"))
        deadline.daemon = True
        deadline.start()
        super()._schedule_shutdown(signal)
