"""The counting worker whose first rebalance is overtaken: Faust's seek begins when the next has given out partitions."""

import asyncio
from collections.abc import Callable
from typing import Any

from support.counting import Counting
from talaia.stream.lane.transport import Consumer
from talaia.stream.settings import WorkerSettings
from talaia.stream.worker import run_worker


def delay_first_seek() -> None:
    """It waits for the second assignment, which waits for its end."""
    seek, assigned = Consumer.perform_seek, Consumer.on_partitions_assigned
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

    patched: dict[str, Callable[..., Any]] = {"perform_seek": late_seek, "on_partitions_assigned": next_assignment}
    for name, method in patched.items():
        setattr(Consumer, name, method)


if __name__ == "__main__":
    delay_first_seek()
    run_worker(Counting(), WorkerSettings())
