"""Who wrote a changelog, batch by batch: the producer's epoch stands in each batch's head, which consumers do not show."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords
from support.plain_kafka import ends

_FETCH_BYTES = 8 * 1_048_576


class Batch(NamedTuple):
    """A record batch as it stands on the broker. claims: whether an owner's first word is in it."""

    producer: tuple[int, int]
    claims: bool
    next_offset: int


async def strangers(bootstrap: str, changelog: str, partitions: int) -> int:
    """Batches that are not by the producer id and epoch of the newest claim before them."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    found = 0
    try:
        await client._wait_on_metadata(changelog)
        for number, (first, end) in enumerate(ends(bootstrap, changelog, partitions)):
            owner = (-1, -1)
            async for batch in _batches(client, TopicPartition(changelog, number), first, end):
                owner = max(owner, batch.producer) if batch.claims else owner
                found += batch.producer != owner
    finally:
        await client.close()
    return found


async def _batches(client: AIOKafkaClient, place: TopicPartition, first: int, end: int) -> AsyncIterator[Batch]:
    leader, at = client.cluster.leader_for_partition(place), first
    while at < end:
        request = FetchRequest(500, 1, _FETCH_BYTES, 0, [(place.topic, [(place.partition, at, _FETCH_BYTES)])])
        answer = await client.send(leader, request)
        ((_, ((_, error, *_, raw),)),) = answer.topics
        assert error == 0, f"Kafka answers a fetch with error {error}"
        records = MemoryRecords(bytes(raw))
        while (batch := records.next_batch()) is not None:
            at = batch.next_offset
            yield Batch((batch.producer_id, batch.producer_epoch), any(record.key == b"\xff\xffclaim" for record in batch), at)
