"""The waste worker takes a city's telemetry as it comes: what of a core that needs over BENCH_SECONDS, once it is warm."""

import json
import os
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from talaia.stream.settings import WorkerSettings
from talaia.stream.worker import run_worker
from talaia.waste.model.outcomes import Step
from talaia.waste.worker.stream import WasteProcessor

_WARM_UP_S = 15.0


class Counted(WasteProcessor):
    """The worker's processor; it counts its events."""

    events = 0

    def on_event(self, key: str, parts: Mapping[str, Any], event: Any, now: datetime) -> Step:
        self.events += 1
        return super().on_event(key, parts, event, now)


def _report(processor: Counted, seconds: float) -> None:
    while not processor.events:
        time.sleep(0.1)
    time.sleep(_WARM_UP_S)
    events, started, cpu = processor.events, time.perf_counter(), time.process_time()
    time.sleep(seconds)
    wall, used = time.perf_counter() - started, time.process_time() - cpu
    figures = {"core_share": round(used / wall, 4), "events_per_s": round((processor.events - events) / wall, 1)}
    print(json.dumps(figures), flush=True)
    os._exit(0)


processor = Counted()
threading.Thread(target=_report, args=(processor, float(os.environ["BENCH_SECONDS"])), daemon=True).start()
run_worker(processor, WorkerSettings())
