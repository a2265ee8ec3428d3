"""The job of the recovery benchmark: a changelog of so many parts of one size."""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from load.bench_topics import Record
from load.window_job import READINGS, T0
from talaia.contracts.catalogue import Changelog
from talaia.stream.folding.parts import PROGRESS, Codec, record_key
from talaia.stream.folding.records import Progress
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Cause, Message, Step

PARTITIONS = READINGS.partitions


class Part(msgspec.Struct, frozen=True, array_like=True):
    payload: bytes


class Remembering:
    """A processor that has only a state."""

    name = "bench-recovery"
    version = "1"
    inputs = (READINGS,)
    outputs = ()
    part_type = Part
    part_format = 1
    gauges = ()

    def on_event(self, key: str, parts: Mapping[str, Any], event: Any, now: datetime) -> Step:
        raise NotImplementedError

    def on_wake(self, key: str, parts: Mapping[str, Any], names: tuple[str, ...], now: datetime) -> Step:
        raise NotImplementedError

    def message(self, key: str, outcome: Any, cause: Cause) -> Message:
        raise NotImplementedError

    def area(self, key: str, parts: Mapping[str, Any]) -> str | None:
        return None

    def tick(self, key: str, now: datetime) -> Message:
        raise NotImplementedError


CHANGELOG = Changelog(worker=Remembering.name, inputs=Remembering.inputs).topic


def changelog(topic: str, parts: int, size_bytes: int) -> Iterable[Record]:
    """The records of so many parts, each of another key, and the progress of each partition: one event of the input."""
    codec = Codec(Part, Remembering.part_format)
    value = codec.value(codec.new(record_key("-", "part"), Part(os.urandom(size_bytes))))
    for number in range(parts):
        key = f"ww-{number:07d}"
        yield topic, partition_of(key.encode(), PARTITIONS), record_key(key, "part"), value
    progress = msgspec.msgpack.encode(Progress({READINGS.name: 0}, T0))
    for partition in range(PARTITIONS):
        yield topic, partition, PROGRESS, progress
