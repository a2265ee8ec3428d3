"""The counting worker with a trap: at one place of a settle, once, it stops, hangs or kills itself; its outputs may be slow.

Trap and slowness are laid around the parts of the bus, from outside: the product has no places for tests.
"""

import asyncio
import os
import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from support.counting import Counting
from talaia.stream import worker
from talaia.stream.lane.fenced_writer import FencedWriter
from talaia.stream.lane.limits import Limits
from talaia.stream.lane.outputs import Outputs
from talaia.stream.lane.settling import Settler
from talaia.stream.settings import WorkerSettings

BEFORE_THE_HOLD = "before the heartbeat is looked at"
BEFORE_OUTPUTS = "between the look at the heartbeat and the outputs"
BEFORE_STATE = "between the look at the heartbeat and the state"
AFTER_STATE = "after the state, before the commit"
PLACES: dict[str, tuple[type[Any], str]] = {
    BEFORE_THE_HOLD: (Settler, "_settle"),
    BEFORE_OUTPUTS: (Outputs, "send"),
    BEFORE_STATE: (FencedWriter, "write"),
    AFTER_STATE: (FencedWriter, "write"),
}


HANG = "hang"
_FOR_EVER_S = 86_400


def lay_trap(place: str, does: str, armed: Path) -> None:
    """It springs when the file `armed` is there, and takes the file away. does: the name of a signal, or HANG."""
    owner, name = PLACES[place]
    walked = getattr(owner, name)

    def step() -> None:
        if armed.exists():
            armed.unlink()
            if does == HANG:
                time.sleep(_FOR_EVER_S)
            os.kill(os.getpid(), signal.Signals[does])

    async def walk(*args: Any, **more: Any) -> Any:
        if place != AFTER_STATE:
            step()
        done = await walked(*args, **more)
        if place == AFTER_STATE:
            step()
        return done

    setattr(owner, name, walk)


def slow_down(delay_s: float) -> None:
    """Outputs are on their way for so long, as when the leaders of their partitions are busy."""
    send = AIOKafkaProducer.send_batch

    async def late(*args: Any, **more: Any) -> Any:
        await asyncio.sleep(delay_s)
        return await (await send(*args, **more))

    async def slow(*args: Any, **more: Any) -> Any:
        return asyncio.ensure_future(late(*args, **more))

    AIOKafkaProducer.send_batch = slow


if __name__ == "__main__":
    lay_trap(os.environ["TRAP_PLACE"], os.environ["TRAP_DOES"], Path(os.environ["TRAP_FILE"]))
    slow_down(float(os.environ.get("OUTPUTS_DELAY_S", "0")))
    worker.Limits = partial(Limits, silent_loop_s=float(os.environ.get("SILENT_LOOP_S", "30")))
    worker.run_worker(Counting(), WorkerSettings())
