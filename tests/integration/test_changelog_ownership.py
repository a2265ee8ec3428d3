"""Who may write a changelog partition, and what its owner does while nothing happens."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import ProducerFenced
from confluent_kafka import Producer
from prometheus_client import CollectorRegistry
from support.counting import CLICKS, STATE, T0, TOPICS, Counting
from support.records import KEYS
from support.recount import plain_records
from talaia.stream import topics
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.parts import CLAIM, PROGRESS, record_key
from talaia.stream.folding.records import Progress
from talaia.stream.lane.fenced_writer import BatchTooLarge, FencedWriter
from talaia.stream.lane.lane import Lane
from talaia.stream.lane.limits import Limits
from talaia.stream.lane.metrics import Metrics
from talaia.stream.lane.settling import Claim
from talaia.stream.settings import BusSettings

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]


@pytest.fixture
def settings(broker: str, prefix: str) -> BusSettings:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(settings, TOPICS)
    return settings


@asynccontextmanager
async def writers(settings: BusSettings) -> AsyncIterator[Callable[[], FencedWriter]]:
    client = AIOKafkaClient(bootstrap_servers=settings.kafka_bootstrap)
    await client.bootstrap()
    made: list[FencedWriter] = []

    def new() -> FencedWriter:
        made.append(FencedWriter(client, settings.topic(STATE.name), 0))
        return made[-1]

    yield new
    for writer in made:
        await writer.close()
    await client.close()


@asynccontextmanager
async def lane_with(settings: BusSettings, limits: Limits) -> AsyncIterator[Lane]:
    lane = Lane(Counting(), settings, limits, Metrics(CollectorRegistry()))
    yield lane
    await lane.halt()
    await lane.close()


def changelog(settings: BusSettings) -> list[tuple[bytes | None, bytes | None]]:
    return [(one.key, one.value) for one in plain_records(settings.kafka_bootstrap, settings.topic(STATE.name), 0)]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_after_a_claim_the_owner_before_is_refused(settings: BusSettings) -> None:
    async with writers(settings) as new:
        first, second = new(), new()
        await first.open()
        await first.write([(b"k", b"1")])
        await second.open()
        await second.write([(b"k", b"2")])
        assert (second.producer_id, second.epoch) == (first.producer_id, first.epoch + 1)
        with pytest.raises(ProducerFenced):
            await first.write([(b"k", b"3")])
        await second.write([(b"k", b"4")])
    assert [value for _, value in await asyncio.to_thread(changelog, settings)] == [b"1", b"2", b"4"]


async def test_what_does_not_fit_one_batch_is_not_written_in_part(settings: BusSettings) -> None:
    async with writers(settings) as new:
        writer = new()
        await writer.open()
        with pytest.raises(BatchTooLarge):
            await writer.write([(b"%d" % number, b"x" * 1_000_000) for number in range(9)])
        await writer.write([(b"k", b"1")])
    assert await asyncio.to_thread(changelog, settings) == [(b"k", b"1")]


async def test_an_idle_owner_repeats_its_progress_and_claims_anew(settings: BusSettings) -> None:
    def claims() -> list[Claim]:
        return [msgspec.msgpack.decode(value or b"", type=Claim) for key, value in changelog(settings) if key == CLAIM]

    async with lane_with(settings, Limits(rewrite_s=0.2, claim_s=1.0)) as lane:
        await lane.claim([0])
        await until(lambda: len(claims()) >= 3)
        assert sum(key == PROGRESS for key, _ in changelog(settings)) >= 3
    epochs = [claim.epoch for claim in claims()]
    assert epochs == sorted(set(epochs))


async def test_memory_is_kept_when_nobody_wrote_in_between_and_read_again_when_somebody_did(settings: BusSettings) -> None:
    async with lane_with(settings, Limits()) as lane, writers(settings) as new:
        await lane.claim([0])
        fold = lane.partitions[0].fold
        await lane.halt()
        await lane.claim([0])
        assert lane.partitions[0].fold is fold
        await lane.halt()
        something = Producer({"bootstrap.servers": settings.kafka_bootstrap})
        something.produce(settings.topic(CLICKS.name), b"{}", partition=0)
        assert something.flush(30) == 0
        stranger = new()
        await stranger.open()
        tally = b"\x00\x01" + b"\x80" + b"\x00" * 7 + msgspec.msgpack.encode({"count": 7})
        progress = msgspec.msgpack.encode(Progress({CLICKS.name: 0}, T0))
        await stranger.write([(record_key(KEYS[0], "tally"), tally), (PROGRESS, progress)])
        await lane.claim([0])
        again: PartitionFold = lane.partitions[0].fold
        assert again is not fold
        assert again.parts(KEYS[0])["tally"].count == 7


async def test_after_an_owner_with_another_producer_id_a_claimant_waits_and_claims_again(settings: BusSettings) -> None:
    other = Claim(producer_id=999_999, epoch=5, worker="another")
    async with writers(settings) as new:
        writer = new()
        await writer.open()
        await writer.write([(CLAIM, msgspec.msgpack.encode(other))])

    class Impatient(Limits):
        oust_s = 0.5  # type: ignore[assignment]

    async with lane_with(settings, Impatient()) as lane:
        await lane.claim([0])
        assert lane.ready(0)
    mine = [msgspec.msgpack.decode(value or b"", type=Claim) for key, value in changelog(settings) if key == CLAIM][1:]
    assert len(mine) == 2
    assert mine[0].producer_id == mine[1].producer_id
    assert mine[1].epoch == mine[0].epoch + 1
