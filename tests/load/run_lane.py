"""The whole of talaia.stream at the same job: run_worker with a processor, until everything is settled."""

import os
import threading
import time
from typing import Any

from load.window_job import READINGS, Meter, Windows
from talaia.stream import worker
from talaia.stream.settings import WorkerSettings


def report_when_settled(meter: Meter, lanes: list[Any]) -> None:
    while not lanes:
        time.sleep(0.01)
    value = lanes[0].metrics.registry.get_sample_value
    while (value("talaia_consumed_total", {"topic": READINGS.name}) or 0) < meter.target or not lanes[0].idle:
        time.sleep(0.05)
    meter.report(
        settles=value("talaia_settles_total") or 0,
        slices=value("talaia_slices_total") or 0,
        produced=value("talaia_produced_total", {"topic": "bench.windows.v1"}) or 0,
    )
    os._exit(0)


def main() -> None:
    meter, lanes = Meter(), []
    made = worker.new_app

    def noted(lane: Any, *given: Any) -> Any:
        lanes.append(lane)
        return made(lane, *given)

    worker.new_app = noted
    threading.Thread(target=report_when_settled, args=(meter, lanes), daemon=True).start()
    worker.run_worker(Windows(meter), WorkerSettings())


main()
