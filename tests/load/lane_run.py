"""The whole of talaia.stream with a processor: run_worker until everything is settled, and what that cost."""

import os
import threading
import time
from typing import Any, NoReturn

from load.meter import Meter
from talaia.stream import worker
from talaia.stream.processor import Processor
from talaia.stream.settings import WorkerSettings


def measure(processor: Processor, meter: Meter) -> NoReturn:
    """Run until so many events as the meter counts are consumed and settled; then say so and end."""
    lanes: list[Any] = []
    made = worker.new_app

    def noted(lane: Any, *given: Any) -> Any:
        lanes.append(lane)
        return made(lane, *given)

    worker.new_app = noted
    threading.Thread(target=_report_when_settled, args=(processor, meter, lanes), daemon=True).start()
    worker.run_worker(processor, WorkerSettings())


def _report_when_settled(processor: Processor, meter: Meter, lanes: list[Any]) -> None:
    while not lanes:
        time.sleep(0.01)
    value, topic = lanes[0].metrics.registry.get_sample_value, processor.inputs[0].name
    while (value("talaia_consumed_total", {"topic": topic}) or 0) < meter.target or not lanes[0].idle:
        time.sleep(0.05)
    meter.report(
        settles=value("talaia_settles_total") or 0,
        slices=value("talaia_slices_total") or 0,
        produced=sum(value("talaia_produced_total", {"topic": each.name}) or 0 for each in processor.outputs),
    )
    os._exit(0)
