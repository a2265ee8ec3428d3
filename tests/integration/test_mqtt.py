"""The MQTT door on a real MQTT broker, with a bus that can be held up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry
from support.hostile import BODIES
from support.mosquitto import Mosquitto
from support.processes import wait_for
from support.uplinks import CATCHMENT_OF, CHANNELS, CHIRPSTACK, chirpstack
from talaia.stream.host_port import host_port
from talaia.stream.processor import Message
from talaia.waste.ingest.deliveries import LONGEST_BYTES, pass_on
from talaia.waste.ingest.intake import Intake, Tally
from talaia.waste.ingest.mqtt import Subscription
from talaia.waste.ingest.mqtt_metrics import MqttMetrics
from talaia.waste.ingest.uplinks import filters

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Bus:
    """Takes messages while it is open; keeps those it took."""

    def __init__(self, open: bool = True) -> None:
        self.taken: list[Message] = []
        self.took = asyncio.Condition()
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        if open:
            self.open.set()

    async def send(self, messages: Sequence[Message]) -> None:
        self.asked.set()
        await self.open.wait()
        async with self.took:
            self.taken += messages
            self.took.notify_all()

    async def has(self, count: int) -> list[str]:
        """The ids of events it took, once there are so many."""
        async with asyncio.timeout(30), self.took:
            await self.took.wait_for(lambda: len(self.taken) >= count)
        return [message.event.id for message in self.taken]


@contextlib.asynccontextmanager
async def door(mosquitto: Mosquitto, bus: Bus) -> AsyncIterator[CollectorRegistry]:
    """The door, open, and what it counts."""
    registry = CollectorRegistry()
    intake = Intake("talaia/waste/mqtt", CATCHMENT_OF, Tally(registry))
    async with Subscription(host_port(mosquitto.address), "waste-ingest", filters(CHANNELS), lambda: NOW) as subscription:
        registry.register(MqttMetrics(subscription))
        passing = asyncio.create_task(pass_on(subscription.deliveries, CHANNELS, intake, bus.send, lambda: NOW))
        async with asyncio.timeout(30):
            await subscription.listening()
        yield registry
        passing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await passing


async def publish(mosquitto: Mosquitto, *payloads: bytes) -> None:
    await asyncio.to_thread(mosquitto.publish, CHIRPSTACK, *payloads)


def level(second: int) -> bytes:
    return chirpstack({"distance": 1_200}, second=second)


async def test_what_the_bus_has_not_is_delivered_again_and_what_it_has_is_not(mosquitto: Mosquitto) -> None:
    held_up, bus = Bus(open=False), Bus()
    async with door(mosquitto, held_up):
        await publish(mosquitto, *map(level, range(3)))
        await held_up.asked.wait()
    async with door(mosquitto, bus):
        assert len(set(await bus.has(3))) == 3
        await publish(mosquitto, level(10))
        await bus.has(4)
    again = Bus()
    async with door(mosquitto, again):
        await publish(mosquitto, level(11))
        await again.has(1)
    assert len(again.taken) == 1


async def test_what_comes_while_the_door_is_away_is_kept_for_it(mosquitto: Mosquitto) -> None:
    bus = Bus()
    async with door(mosquitto, Bus()):
        pass
    await publish(mosquitto, level(1), level(2))
    async with door(mosquitto, bus):
        assert len(await bus.has(2)) == 2


async def test_a_broker_that_comes_back_is_listened_to_again(mosquitto: Mosquitto) -> None:
    bus = Bus()
    async with door(mosquitto, bus) as registry:
        await publish(mosquitto, level(1))
        await bus.has(1)
        await asyncio.to_thread(mosquitto.stop)
        await asyncio.to_thread(wait_for, lambda: registry.get_sample_value("talaia_mqtt_connected") == 0, "the loss to be seen")
        await asyncio.to_thread(mosquitto.start)
        await publish(mosquitto, level(2))
        assert len(set(await bus.has(2))) == 2
        assert registry.get_sample_value("talaia_mqtt_connected") == 1
        assert registry.get_sample_value("talaia_mqtt_reconnects_total") == 1


async def test_before_the_first_message_its_time_is_not_told_and_then_it_is(mosquitto: Mosquitto) -> None:
    bus = Bus()
    async with door(mosquitto, bus) as registry:
        assert registry.get_sample_value("talaia_mqtt_last_message_seconds") is None
        assert registry.get_sample_value("talaia_mqtt_reconnects_total") == 0
        await publish(mosquitto, level(1))
        await bus.has(1)
        assert registry.get_sample_value("talaia_mqtt_last_message_seconds") == NOW.timestamp()


async def test_readings_among_hostile_payloads_all_arrive_and_each_payload_is_counted(mosquitto: Mosquitto) -> None:
    bus = Bus()
    async with door(mosquitto, bus) as registry:
        hostile = [body.content for body in BODIES]
        await publish(mosquitto, *hostile, *map(level, range(60)), *hostile)
        assert len(set(await bus.has(60))) == 60
        await publish(mosquitto, level(0))
        await bus.has(61)
    items = [
        sample for family in registry.collect() for sample in family.samples if sample.name == "talaia_waste_door_items_total"
    ]
    counted = {sample.labels["outcome"]: sample.value for sample in items}
    assert (counted.pop("accepted"), sum(counted.values())) == (61, 2 * len(BODIES))


async def test_of_a_payload_that_is_too_long_no_more_waits_than_it_takes_to_know_that(mosquitto: Mosquitto) -> None:
    async with Subscription(host_port(mosquitto.address), "waste-ingest", filters(CHANNELS), lambda: NOW) as subscription:
        async with asyncio.timeout(30):
            await subscription.listening()
            await publish(mosquitto, b" " * 3_000_000)
            waiting = await subscription.deliveries.get()
        waiting.acknowledge()
    assert len(waiting.payload) == LONGEST_BYTES + 1
