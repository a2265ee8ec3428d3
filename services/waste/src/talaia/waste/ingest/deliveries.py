"""What an MQTT broker delivers, from the queue onto the bus; each delivery is acknowledged when the bus has it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from talaia.stream.processor import Message
from talaia.waste.ingest.channels import Channels
from talaia.waste.ingest.intake import Intake
from talaia.waste.ingest.uplinks import NotTaken, items_of

MOST_TOGETHER = 500
"""Deliveries that go to the bus at once."""
LONGEST_BYTES = 256 * 1_024
Send = Callable[[Sequence[Message]], Awaitable[None]]
"""Returns when the bus has the events, however long that takes."""


class Delivery(NamedTuple):
    """One payload. acknowledge: tells the broker that it need not keep it any longer."""

    topic: str
    payload: bytes
    acknowledge: Callable[[], None]


async def pass_on(
    deliveries: asyncio.Queue[Delivery], channels: Channels, intake: Intake, send: Send, clock: Callable[[], datetime]
) -> None:
    """Take deliveries in for ever."""
    while True:
        batch = [await deliveries.get()]
        while len(batch) < MOST_TOGETHER and not deliveries.empty():
            batch.append(deliveries.get_nowait())
        now = clock()
        await send([message for delivery in batch for message in take(delivery, channels, intake, now)])
        for delivery in batch:
            delivery.acknowledge()


def take(delivery: Delivery, channels: Channels, intake: Intake, now: datetime) -> list[Message]:
    """The events of a delivery that arrived at `now`; whatever is wrong with it is counted and no more."""
    where = f"topic {delivery.topic}"
    try:
        if len(delivery.payload) > LONGEST_BYTES:
            raise NotTaken("too_long", f"it has more than {LONGEST_BYTES} bytes")
        items = items_of(delivery.topic, delivery.payload, channels)
    except NotTaken as why:
        intake.tally.refused(why.reason, where, str(why))
        return []
    except Exception as error:  # whoever may publish must not be able to stop the door
        intake.tally.refused("failed", where, repr(error))
        return []
    return intake.take(items, where, now)
