"""The counting worker with a trap: at one place of a settle, once, it stops or kills itself; and its outputs may be slow.

Trap and slowness are laid around the parts of the bus, from outside: the product has no places for tests.
"""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from support.counting import Counting
from talaia.stream.lane.fenced_writer import FencedWriter
from talaia.stream.lane.outputs import Outputs
from talaia.stream.lane.pulse import Pulse
from talaia.stream.settings import WorkerSettings
from talaia.stream.worker import run_worker

BEFORE_THE_HOLD = "before the heartbeat is looked at"
BEFORE_OUTPUTS = "between the look at the heartbeat and the outputs"
BEFORE_STATE = "between the look at the heartbeat and the state"
AFTER_STATE = "after the state, before the commit"
PLACES: dict[str, tuple[type[Any], str]] = {
    BEFORE_THE_HOLD: (Pulse, "hold"),
    BEFORE_OUTPUTS: (Outputs, "send"),
    BEFORE_STATE: (FencedWriter, "write"),
    AFTER_STATE: (FencedWriter, "write"),
}


def lay_trap(place: str, signal_number: int, armed: Path) -> None:
    """It springs when the file `armed` is there, and takes the file away."""
    owner, name = PLACES[place]
    walked = getattr(owner, name)

    def step() -> None:
        if armed.exists():
            armed.unlink()
            os.kill(os.getpid(), signal_number)

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
    lay_trap(os.environ["TRAP_PLACE"], signal.Signals[os.environ["TRAP_SIGNAL"]], Path(os.environ["TRAP_FILE"]))
    slow_down(float(os.environ.get("OUTPUTS_DELAY_S", "0")))
    run_worker(Counting(), WorkerSettings())
