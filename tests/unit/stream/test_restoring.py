"""What a partition takes of its changelog, by whose claim stands where."""

import asyncio
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from support.counting import CLICKS, T0, Counting, Tally
from support.records import KEYS, PARTITION, StandingRecord
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.parts import CLAIM, PROGRESS, Codec, record_key
from talaia.stream.folding.records import Progress
from talaia.stream.lane.fenced_writer import FencedWriter
from talaia.stream.lane.limits import Limits
from talaia.stream.lane.metrics import Metrics
from talaia.stream.lane.outputs import Outputs
from talaia.stream.lane.partition import Partition
from talaia.stream.lane.pulse import Pulse
from talaia.stream.lane.settling import Claim, Settler
from talaia.stream.settings import BusSettings

MINE, STRANGER = 9, 5
KEY = record_key(KEYS[0], "tally")


def claimed(claim_offset: int) -> Partition:
    """A partition whose claim stands at an offset; nothing is connected."""
    no_client: Any = None
    metrics, limits = Metrics(CollectorRegistry()), Limits()
    writer = FencedWriter(no_client, "changelog", PARTITION)
    writer.producer_id, writer.epoch = MINE, 0
    outputs = Outputs(Counting(), BusSettings(kafka_bootstrap="127.0.0.1:1"))
    settler = Settler(PARTITION, writer, outputs, Pulse(limits.session_s), limits, metrics, "worker")
    partition = Partition(lambda: PartitionFold(Counting(), PARTITION, Clock.WALL), settler, print, asyncio.Event(), metrics)
    partition._claim_offset = claim_offset
    return partition


def claim(offset: int, producer_id: int) -> StandingRecord:
    return StandingRecord(offset, 0, CLAIM, msgspec.msgpack.encode(Claim(producer_id, 0, "someone")))


def tally(offset: int, count: int) -> StandingRecord:
    codec = Codec(Tally, 1)
    return StandingRecord(offset, 0, KEY, codec.value(codec.new(KEY, Tally(count=count))))


def progress(offset: int, covered: int) -> StandingRecord:
    return StandingRecord(offset, 0, PROGRESS, msgspec.msgpack.encode(Progress({CLICKS.name: covered}, T0)))


BEFORE = [claim(0, STRANGER), tally(1, 1), progress(2, 10), claim(3, MINE)]
BEHIND = [tally(4, 2), progress(5, 20)]


@pytest.mark.parametrize("fetches", [[BEFORE + BEHIND], [BEFORE, BEHIND], [BEFORE[:2], BEFORE[2:] + BEHIND[:1], BEHIND[1:]]])
async def test_what_a_stranger_wrote_until_it_gave_up_is_taken_however_it_was_fetched(
    fetches: list[list[StandingRecord]],
) -> None:
    partition = claimed(3)
    for records in fetches:
        partition.restore(records)
    assert partition.stranger
    partition._claim_offset, partition.stranger = 6, False
    assert partition.restore([claim(6, MINE)])
    assert not partition.stranger
    assert partition.fold.offsets == {CLICKS.name: 20}
    assert partition.fold.parts(KEYS[0])["tally"].count == 2


async def test_state_is_what_stands_before_the_own_claim_when_nobody_else_was_there() -> None:
    partition = claimed(3)
    assert partition.restore([claim(0, MINE), *BEFORE[1:], *BEHIND])
    assert partition.fold.offsets == {CLICKS.name: 10}
    assert partition.fold.parts(KEYS[0])["tally"].count == 1
