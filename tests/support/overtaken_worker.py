"""The counting worker whose first rebalance is overtaken: Faust's seek begins when the next has given out partitions, before
the worker has heard of them (HEARD=no) or after it (HEARD=yes).
"""

import asyncio
import os
from collections.abc import Callable
from typing import Any

from faust.transport.drivers import aiokafka as driver
from support.counting import Counting
from talaia.stream.lane.transport import Consumer
from talaia.stream.settings import WorkerSettings
from talaia.stream.worker import run_worker


def delay_first_seek() -> None:
    """It waits for the second assignment, which waits for its end."""
    told = driver.Consumer if os.environ["HEARD"] == "yes" else Consumer
    seek, assigned = Consumer.perform_seek, told.on_partitions_assigned
    overtaken, sought = asyncio.Event(), asyncio.Event()
    assignments = 0

    async def late_seek(consumer: Any) -> None:
        await overtaken.wait()
        await seek(consumer)
        sought.set()

    async def next_assignment(consumer: Any, *args: Any, **more: Any) -> None:
        nonlocal assignments
        assignments += 1
        if assignments == 2:
            overtaken.set()
            await sought.wait()
        await assigned(consumer, *args, **more)

    patched: dict[tuple[type, str], Callable[..., Any]] = {
        (Consumer, "perform_seek"): late_seek,
        (told, "on_partitions_assigned"): next_assignment,
    }
    for (owner, name), method in patched.items():
        setattr(owner, name, method)


if __name__ == "__main__":
    delay_first_seek()
    run_worker(Counting(), WorkerSettings())
