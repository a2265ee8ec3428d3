"""`talaia rebuild waste`: from the first question to the broker until the new rows are shown."""

import asyncio
import os

from load.meter import Meter
from load.rebuild_job import VIEW, rows
from talaia.stream.settings import BusSettings
from talaia.stream.views.rebuild import rebuild
from talaia.stream.views.store import Store

url, meter = os.environ["BENCH_DATABASE_URL"], Meter()
meter.start()
built = asyncio.run(rebuild(VIEW, url, BusSettings(), lambda _: None))
with Store(VIEW, url).session() as session:
    meter.report(events=built.events, rows=rows(session))
os._exit(0)
