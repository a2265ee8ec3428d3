"""What a settle says reaches the broker, however much it is."""

from uuid import uuid4

import pytest
from support.counting import COUNTS, TOPICS, Counting
from support.plain_kafka import read_all
from talaia.stream import topics
from talaia.stream.folding.records import Outgoing
from talaia.stream.lane.outputs import Outputs
from talaia.stream.partitioning import partition_of
from talaia.stream.settings import BusSettings

pytestmark = pytest.mark.broker


async def test_more_than_one_record_batch_for_one_partition_arrives_whole_and_in_order(broker: str, prefix: str) -> None:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(settings, TOPICS)
    said = [f"{number} {uuid4()} ".encode() + bytes(500) for number in range(8_000)]
    assert sum(map(len, said)) > 4 * COUNTS.max_message_bytes
    outputs = Outputs(Counting(), settings)
    await outputs.start()
    try:
        await outputs.send([Outgoing(COUNTS.name, b"a", value, ()) for value in said], [], partition_of(b"a", COUNTS.partitions))
    finally:
        await outputs.stop()
    assert [record.value for record in read_all(broker, settings.topic(COUNTS.name), COUNTS.partitions)] == said
