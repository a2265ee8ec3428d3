"""What a run costs: CPU and wall of its process, from the first event to the last acknowledgement."""

import json
import os
import resource
import time


class Meter:
    """CPU and wall of this process from the first event to the report."""

    def __init__(self, target: int | None = None) -> None:
        self.target = int(os.environ["BENCH_EVENTS"]) if target is None else target
        self._wall = self._cpu = 0.0

    def start(self) -> None:
        """The first event counts from here."""
        if not self._wall:
            self._wall, self._cpu = time.perf_counter(), time.process_time()

    def report(self, **more: float) -> None:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        figures = {
            "events": self.target,
            "cpu_us_per_event": round(cpu / self.target * 1e6, 2),
            "events_per_s": round(self.target / wall),
            "wall_s": round(wall, 2),
            "max_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
        print(json.dumps(figures | more), flush=True)
