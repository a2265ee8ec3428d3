"""`talaia backtest waste` of the same recording: the same steps without a broker, and the files that it writes."""

import os
import tempfile
from pathlib import Path

from load.meter import Meter
from talaia.waste.service import SERVICE

meter = Meter()
meter.start()
with tempfile.TemporaryDirectory() as folder:
    SERVICE.backtest(Path(os.environ["BENCH_RECORDING"]), Path(folder), None, lambda _: None)
meter.report()
