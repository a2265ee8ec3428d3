"""Takes what an aiokafka consumer has fetched, as lists of the records that its parser makes.

`getmany` copies each into a second object, which costs three times as much as parsing it. Everything called here is
private to aiokafka; tests/contract/test_faust_overrides.py watches its source.
"""

import asyncio
import time
from collections.abc import Collection
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from aiokafka.errors import ConsumerStoppedError, CorruptRecordException

from talaia.stream.folding.records import Record

RECORDS_AT_ONCE = 10_000

Fetched = dict[TopicPartition, list[Record]]


async def fetched(consumer: AIOKafkaConsumer, wanted: Collection[TopicPartition], patience_s: float) -> Fetched:
    """Records of the wanted partitions in order, as many as are there or about 10,000; waits a while for the first.

    Raises what `getmany` raises.
    """
    fetcher, give_up_at = consumer._fetcher, time.monotonic() + patience_s
    if consumer._closed or fetcher._closed:
        raise ConsumerStoppedError
    with fetcher._subscriptions.fetch_context():
        while True:
            if fetcher._subscriptions.reassignment_in_progress:
                await fetcher._subscriptions.wait_for_assignment()
            taken = _take(fetcher, wanted)
            left_s = give_up_at - time.monotonic()
            if taken or left_s <= 0:
                return taken
            arrived = fetcher._create_fetch_waiter()
            done, _ = await asyncio.wait([arrived], timeout=left_s)
            if not done or fetcher._closed:
                arrived.cancel()
                return {}
            arrived.result()


def _take(fetcher: Fetcher, wanted: Collection[TopicPartition]) -> Fetched:
    taken: Fetched = {}
    count = 0
    for place, result in list(fetcher._records.items()):
        if place not in wanted:
            if not fetcher._subscriptions.is_assigned(place):
                del fetcher._records[place]
        elif isinstance(result, FetchResult):
            if count < RECORDS_AT_ONCE and (records := records_of(result, place)):
                taken[place] = records
                count += len(records)
            if not result.has_more():
                _done_with(fetcher, place)
        elif not taken:
            # an error: told once, then the partition is fetched again
            _done_with(fetcher, place)
            result.check_raise()
    return taken


def records_of(result: FetchResult, place: TopicPartition) -> list[Record]:
    """Whole record batches, until it is much."""
    records: list[Record] = []
    if not result.check_assignment(place) or not result.has_more():
        return records
    parsed: Any = result._partition_records
    position = parsed.next_fetch_offset
    while parsed._records.has_next() and len(records) < RECORDS_AT_ONCE:
        batch = parsed._records.next_batch()
        known = batch.parsed
        if parsed._check_crcs and not known.validate_crc():
            raise CorruptRecordException(f"Invalid CRC - {place}")
        if not known.is_control_batch:
            fresh = batch.records()
            # a batch comes whole, also when reading begins in the middle of it
            records += fresh if fresh and fresh[0].offset >= position else [one for one in fresh if one.offset >= position]
        # also beyond records that compaction took from the batch's end
        parsed.next_fetch_offset = known.next_offset
    result._update_position()
    if not parsed._records.has_next():
        result._partition_records = None
    return records


def _done_with(fetcher: Fetcher, place: TopicPartition) -> None:
    """The next records of a partition may be fetched."""
    del fetcher._records[place]
    fetcher._notify(fetcher._wait_consume_future)
