"""The pace of a real consumer group on a real broker."""

import asyncio
import uuid
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from support.alert_events import AREA, alive
from talaia.contracts.catalogue import SIGNALS
from talaia.stream import topics
from talaia.stream.partitioning import partition_of
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.stream.views import pace as pace_module
from talaia.stream.views.pace import GroupPace

pytestmark = pytest.mark.broker
AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)


async def reached(pace: GroupPace, behind: bool) -> None:
    """Until the group is behind, or no more."""
    async with asyncio.timeout(30):
        while (seconds := pace.behind_s()) is None or (seconds > 0) is not behind:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_a_group_is_behind_until_it_commits_what_the_view_has_seen(
    broker: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    await asyncio.to_thread(topics.apply, settings, [SIGNALS])
    place = SIGNALS.name, partition_of(AREA.encode(), SIGNALS.partitions)
    group = f"worker-{uuid.uuid4().hex[:8]}"
    pace = GroupPace(settings, group, [SIGNALS], lambda: {place: 1})
    async with Producer(settings) as producer:
        await producer.send([alive(AT)])
    assert pace.behind_s() is None, "before the first look nothing is known"
    async with pace.running():
        await reached(pace, behind=True)
        consumer = AIOKafkaConsumer(bootstrap_servers=broker, group_id=settings.topic(group), enable_auto_commit=False)
        await consumer.start()
        try:
            partition = TopicPartition(settings.topic(SIGNALS.name), place[1])
            consumer.assign([partition])
            await consumer.commit({partition: 1})
        finally:
            await consumer.stop()
        await reached(pace, behind=False)
    monkeypatch.setattr(pace_module, "_KNOWN_S", 0.0)
    assert pace.behind_s() is None, "a look that is too old tells nothing"
