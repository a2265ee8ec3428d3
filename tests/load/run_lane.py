"""The whole of talaia.stream at the same job: run_worker with a processor, until everything is settled."""

from load.lane_run import measure
from load.meter import Meter
from load.window_job import Windows

meter = Meter()
measure(Windows(meter), meter)
