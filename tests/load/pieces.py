"""Where the microseconds of an event go: the pieces of the lane, each measured alone in this process."""

import gc
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from load.meter import Meter
from load.window_job import READINGS, Readings, ReadingsTick, Window, Windows, advance, reading
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.partitioning import partition_of
from talaia.stream.worker import COLLECT_EVERY

KEYS = 2_000
RECORDS = 16_000
PARTITION = 3
REPEATS = 5
_STAMP_MS = 1_790_000_000_000


def pieces() -> dict[str, float]:
    """CPU us an event of each piece, the best of some."""
    gc.set_threshold(COLLECT_EVERY)
    batches, records = _partition()
    decode = msgspec.json.Decoder(Readings | ReadingsTick).decode
    events = [decode(record.value) for record in records]
    parse_us = _us(lambda: _parse(batches))
    decode_us = _us(lambda: _decode(records, decode))
    job_us = _us(lambda: _job([record.key for record in records], events))
    fold_us = _us(lambda: _fold(records))
    return {"parse": parse_us, "decode": decode_us, "job": job_us, "fold": fold_us - decode_us - job_us}


def _partition() -> tuple[bytes, list[Any]]:
    """What the broker holds of one partition, and its records."""
    data, offset, number = b"", 0, 0
    while offset < RECORDS:
        builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
        base = offset
        while offset < base + 1_000:
            key, value = reading(number, KEYS)
            number += 1
            if partition_of(key, READINGS.partitions) == PARTITION:
                builder.append(offset - base, _STAMP_MS, key, value, [])
                offset += 1
        data += base.to_bytes(8, "big") + bytes(builder.build())[8:]
    return data, _parse(data)


def _parse(data: bytes) -> list[Any]:
    batches, records = MemoryRecords(data), []
    while batches.has_next():
        batch = batches.next_batch()
        assert batch.validate_crc()
        records += batch
    return records


def _decode(records: Sequence[Any], decode: Callable[[bytes], object]) -> None:
    for record in records:
        decode(record.value)


def _job(keys: Sequence[bytes], events: Sequence[Readings]) -> None:
    windows: dict[bytes, Window] = {}
    for key, event in zip(keys, events, strict=True):
        windows[key], _ = advance(windows.get(key), event)


def _fold(records: Sequence[Any]) -> None:
    fold, at = PartitionFold(Windows(Meter(1)), PARTITION, Clock.WALL), 0
    while at < len(records):
        at += fold.apply(READINGS.name, records, at).taken


def _us(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        best = min(best, (time.process_time() - started) / RECORDS * 1e6)
    return best
