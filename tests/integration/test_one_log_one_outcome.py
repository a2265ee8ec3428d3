"""The same partition log gives the same outcomes, on Kafka and off it, though workers are killed in the middle of a storm."""

import asyncio
import functools
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pytest
from support.harsh_storm import BEGIN, NIGHT, Line, recorded, storm
from support.outcomes import Outcomes, outcomes, outcomes_on, put
from support.plain_kafka import uncommitted
from support.processes import ServiceProcess, wait_for
from support.sessions import sessions_of
from talaia.contracts.catalogue import MEASUREMENTS, every_topic
from talaia.contracts.catchment import Pump
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

CATCHMENTS = ("besos", "poblenou", "sant-marti")
SETTLED = "2000-01-11T06"
"""The storm of the night is over."""


def recordings(lines: list[Line], folder: Path) -> list[Message]:
    """A recording, in order of arrival, as if the sensors of each catchment had made it."""
    recording = SERVICE.recording(recorded(lines, folder))
    return [
        Message(message.topic, catchment, _as_of(message.event, catchment)) for message in recording for catchment in CATCHMENTS
    ]


def _as_of(event: Envelope, catchment: str) -> Envelope:
    """Each catchment has sites, gauges and a source of its own."""
    rename = functools.partial("{}.{}".format, catchment)
    replace = msgspec.structs.replace
    if isinstance(event, Configured):
        gauges = [replace(gauge, id=rename(gauge.id)) for gauge in event.data.gauges]
        sites = [
            replace(site, id=rename(site.id), gauge=rename(site.gauge), pumps=[_pump_as_of(pump, rename) for pump in site.pumps])
            for site in event.data.sites
        ]
        data: object = replace(event.data, catchment=catchment, gauges=gauges, sites=sites)
    else:
        assert isinstance(event, Measured)
        data = replace(event.data, site=rename(event.data.site), sensor=rename(event.data.sensor))
    return replace(event, source=f"{event.source}:{catchment}", data=data)


def _pump_as_of(pump: Pump, rename: Callable[[object], str]) -> Pump:
    return msgspec.structs.replace(pump, command=rename(pump.command), running=rename(pump.running))


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


@pytest.mark.timeout(2_400)
@pytest.mark.parametrize("begin", [BEGIN, pytest.param("2000-01-07", marks=pytest.mark.slow)])
def test_a_log_gives_the_same_outcomes_on_kafka_with_workers_killed_in_the_storm_as_in_memory(
    broker: str, prefix: str, processes: Callable[[str, str, dict[str, str]], ServiceProcess], tmp_path: Path, begin: str
) -> None:
    assert len({partition_of(name.encode(), MEASUREMENTS.partitions) for name in CATCHMENTS}) == len(CATCHMENTS)
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix, clock=Clock.REPLAY)
    topics.apply(settings, every_topic())
    messages = recordings(storm(begin, SETTLED), tmp_path / "recording")
    environment = {
        "TALAIA_KAFKA_BOOTSTRAP": broker,
        "TALAIA_TOPIC_PREFIX": prefix,
        "TALAIA_CLOCK": "replay",
        "TALAIA_KAFKA_FILE": str(sessions_of(3, tmp_path)),
    }
    group = f"{prefix}{SERVICE.processor().name}"

    def left() -> int:
        return uncommitted(broker, group, prefix + MEASUREMENTS.name, MEASUREMENTS.partitions)

    workers = [processes("waste", "worker", environment) for _ in range(2)]
    night = next(number for number, message in enumerate(messages) if message.event.recordedtime.isoformat() >= NIGHT)
    middle = (night + len(messages)) // 2
    asyncio.run(produce(settings, messages[:night]))
    wait_for(lambda: left() == 0, "the days before to be processed", 1_200)
    for victim, part in ((workers[0], messages[night:middle]), (workers[1], messages[middle:])):
        asyncio.run(produce(settings, part))
        wait_for(lambda part=part: left() < len(part), "the storm to reach a worker")  # type: ignore[misc]
        victim.kill()
        workers.append(processes("waste", "worker", environment))
    ticks = closing_ticks(messages)
    asyncio.run(produce(settings, ticks))
    wait_for(lambda: left() == 0, "everything to be processed", 240)

    expected, found = off_the_bus(messages + ticks), outcomes_on(broker, prefix, SERVICE.processor().outputs)
    assert [worker.alive() for worker in workers] == [False, False, True, True]
    assert {topic for topic, _, _ in expected} == {topic.name for topic in SERVICE.processor().outputs}
    assert found.keys() == expected.keys()
    for place, lines in expected.items():
        assert found[place] == lines, place
