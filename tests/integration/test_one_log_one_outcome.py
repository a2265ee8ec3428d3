"""The same partition log gives the same outcomes, on Kafka and off it, whatever is killed on the way."""

import asyncio
import functools
import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pytest
from support.outcomes import Outcomes, outcomes, outcomes_on, put
from support.plain_kafka import uncommitted
from support.processes import ServiceProcess, wait_for
from support.sessions import sessions_of
from talaia.contracts.catalogue import MEASUREMENTS, every_topic
from talaia.contracts.envelope import Envelope
from talaia.contracts.vocabulary import Clock
from talaia.contracts.waste import Configured, Measured
from talaia.stream import topics
from talaia.stream.folding.memory import MemoryBus, MemoryWorker
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.waste.service import SERVICE

pytestmark = pytest.mark.broker

STORM = Path("infra/cities/demo/storm")
CATCHMENTS = ("besos", "poblenou", "sant-marti")
EVENTS = 2_500


def recording_of(catchment: str) -> list[Message]:
    """The first days of the demo's recording, as if this catchment's sensors had made it."""
    return [
        Message(message.topic, catchment, _as_of(message.event, catchment))
        for message in itertools.islice(SERVICE.recording(STORM), EVENTS)
    ]


def _as_of(event: Envelope, catchment: str) -> Envelope:
    """Each catchment has sites, gauges and a source of its own."""
    rename = functools.partial("{}.{}".format, catchment)
    replace = msgspec.structs.replace
    if isinstance(event, Configured):
        gauges = [replace(gauge, id=rename(gauge.id)) for gauge in event.data.gauges]
        sites = [replace(site, id=rename(site.id), gauge=rename(site.gauge)) for site in event.data.sites]
        data: object = replace(event.data, catchment=catchment, gauges=gauges, sites=sites)
    else:
        assert isinstance(event, Measured)
        data = replace(event.data, site=rename(event.data.site), sensor=rename(event.data.sensor))
    return replace(event, source=f"{event.source}:{catchment}", data=data)


def closing_ticks(messages: Iterable[Message]) -> list[Message]:
    last = max(message.event.recordedtime for message in messages)
    return [SERVICE.processor().tick(catchment, last) for catchment in CATCHMENTS]


def off_the_bus(messages: list[Message]) -> Outcomes:
    bus = MemoryBus()
    put(bus, messages)
    return outcomes(MemoryWorker(SERVICE.processor(), bus).run())


async def produce(settings: BusSettings, messages: list[Message]) -> None:
    async with Producer(settings) as producer:
        for start in range(0, len(messages), 500):
            await producer.send(messages[start : start + 500])


@pytest.mark.timeout(240)
def test_a_log_gives_the_same_outcomes_on_kafka_with_a_killed_worker_as_in_memory(
    broker: str, prefix: str, processes: Callable[[str, str, dict[str, str]], ServiceProcess], tmp_path: Path
) -> None:
    assert len({partition_of(name.encode(), MEASUREMENTS.partitions) for name in CATCHMENTS}) == len(CATCHMENTS)
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix, clock=Clock.REPLAY)
    topics.apply(settings, every_topic())
    messages = [message for catchment in CATCHMENTS for message in recording_of(catchment)]
    messages += closing_ticks(messages)
    environment = {
        "TALAIA_KAFKA_BOOTSTRAP": broker,
        "TALAIA_TOPIC_PREFIX": prefix,
        "TALAIA_CLOCK": "replay",
        "TALAIA_KAFKA_FILE": str(sessions_of(3, tmp_path)),
    }
    group = f"{prefix}{SERVICE.processor().name}"

    def left() -> int:
        return uncommitted(broker, group, prefix + MEASUREMENTS.name, MEASUREMENTS.partitions)

    first, second = (processes("waste", "worker", environment) for _ in range(2))
    half = len(messages) // 2
    asyncio.run(produce(settings, messages[:half]))
    wait_for(lambda: left() < half, "the workers to begin")
    first.kill()
    asyncio.run(produce(settings, messages[half:]))
    wait_for(lambda: left() == 0, "everything to be processed", 120)

    expected, found = off_the_bus(messages), outcomes_on(broker, prefix, SERVICE.processor().outputs)
    assert second.alive()
    assert len(expected) > len(CATCHMENTS)
    assert found.keys() == expected.keys()
    for place, lines in expected.items():
        assert found[place] == lines, place
