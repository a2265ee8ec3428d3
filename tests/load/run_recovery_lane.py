"""A worker's way from nothing to ready: claim all partitions, read their changelog, rebuild the state."""

import asyncio
import os

from load.changelog_job import PARTITIONS, Remembering
from load.meter import Meter
from prometheus_client import CollectorRegistry
from talaia.stream.lane.lane import Lane
from talaia.stream.lane.limits import Limits
from talaia.stream.lane.metrics import Metrics
from talaia.stream.settings import BusSettings


async def main() -> None:
    meter, lane = Meter(), Lane(Remembering(), BusSettings(), Limits(), Metrics(CollectorRegistry()))
    meter.start()
    await lane.claim(range(PARTITIONS))
    assert sum(partition.fold.state.parts_count for partition in lane.partitions.values()) == meter.target
    meter.report()
    os._exit(0)


asyncio.run(main())
