"""The peer: plain aiokafka `getmany` reads the same changelog to its end and keeps nothing."""

import asyncio
import os

from aiokafka import AIOKafkaConsumer, TopicPartition
from load.changelog_job import CHANGELOG, PARTITIONS
from load.meter import Meter


async def main() -> None:
    bootstrap, prefix = os.environ["TALAIA_KAFKA_BOOTSTRAP"], os.environ["TALAIA_TOPIC_PREFIX"]
    meter = Meter()
    meter.start()
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    places = [TopicPartition(prefix + CHANGELOG.name, number) for number in range(PARTITIONS)]
    consumer.assign(places)
    ends, seen = await consumer.end_offsets(places), 0
    left = {place for place, end in ends.items() if end}
    while left:
        for place, records in (await consumer.getmany(timeout_ms=200)).items():
            seen += len(records)
            if records[-1].offset + 1 >= ends[place]:
                left.discard(place)
    assert seen >= meter.target
    meter.report()
    os._exit(0)


asyncio.run(main())
