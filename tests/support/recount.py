"""The judge of the counting processor: counts the input again with a plain client, and knows nothing of the bus.

What the changelog holds must equal the recount of the input up to the changelog's own progress, part by part. What was
said last of a key, by its position and not by its place on the topic, must be what the recount says last.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from confluent_kafka import Consumer, KafkaError, TopicPartition
from support.counting import CLICKS, COUNTS, EVERY, PARTITIONS, STATE

_FORMAT_AND_WAKE_BYTES = 10


class Plain(NamedTuple):
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]


def plain_records(bootstrap: str, topic: str, partition: int, headers: bool = True) -> list[Plain]:
    """All records of a partition up to its end now. headers: this client dies of a header name that is not UTF-8."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "judge", "enable.auto.commit": False, "enable.partition.eof": True}
    )
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=20)
        if high <= low:
            return []
        consumer.assign([TopicPartition(topic, partition, low)])
        return list(_until(consumer, high, headers))
    finally:
        consumer.close()


def _until(consumer: Consumer, end: int, with_headers: bool) -> Iterator[Plain]:
    at = -1
    while at < end - 1:
        for message in consumer.consume(5000, 0.2):
            if not message.error():
                headers = {name: value or b"" for name, value in message.headers() or []} if with_headers else {}
                at = message.offset()
                yield Plain(at, message.key(), message.value(), headers)
            elif message.error().code() == KafkaError._PARTITION_EOF:
                return


RULES = {"negative", "failed"}
"""Reasons of the counting processor itself; with all others a record was not understood."""


def is_tick(record: Plain) -> bool:
    """Whether a worker wrote it to let time pass: the last one may be still to come when all workers have ended."""
    return b'"city.talaia.test.clicks.tick.v1"' in (record.value or b"")[:400]


class Recount:
    """What one partition's input says, up to an offset."""

    def __init__(self) -> None:
        self.tallies: dict[bytes, list[Any]] = {}
        self.counts: dict[tuple[bytes, str], str] = {}
        self.newest: dict[bytes, tuple[str, int]] = {}
        self.applied = 0
        self.rejected: list[int] = []
        self._due: dict[bytes, datetime] = {}
        self._clock: datetime | None = None

    def take(self, record: Plain) -> None:
        """One record, by reading its JSON."""
        try:
            assert record.key is not None
            event = json.loads(record.value or b"")
            number = event["data"].get("number")
            at = datetime.fromisoformat(event["recordedtime"])
        except Exception:
            self.rejected.append(record.offset)
            return
        self._let_pass(at)
        if number is not None and number < 0:
            self.rejected.append(record.offset)
        elif number is not None:
            self._count(record.key, event["id"])

    def refused_by_a_rule(self, record: Plain) -> None:
        """A record that was understood, so that time passed, and then put aside."""
        self._let_pass(datetime.fromisoformat(json.loads(record.value or b"")["recordedtime"]))

    def _let_pass(self, until: datetime) -> None:
        self._clock = until if self._clock is None else max(until, self._clock)
        for key, due in sorted(self._due.items(), key=lambda item: (item[1], item[0])):
            if due <= self._clock:
                tally = self.tallies[key]
                tally[1] = zlib.crc32(due.isoformat().encode(), tally[1])
                tally[2] += 1
                self._say(key, f"{tally[3]}-silent", "silence")
                del self._due[key]

    def _count(self, key: bytes, identity: str) -> None:
        tally = self.tallies.setdefault(key, [0, 0, 0, ""])
        tally[0] += 1
        tally[1] = zlib.crc32(identity.encode(), tally[1])
        tally[3] = identity
        if tally[0] % EVERY == 0:
            self._say(key, identity, "count")
        assert self._clock is not None
        self._due[key] = self._clock + timedelta(seconds=5)
        self.applied += 1

    def _say(self, key: bytes, identity: str, what: str) -> None:
        self.counts[key, identity] = what
        self.newest[key] = identity, self.tallies[key][1]


class Verdict(NamedTuple):
    """What is right and wrong after a run.

    wrong_newest: keys of which something else was said last than the recount says; repeated: outcomes said again, which is
    allowed; late: keys of which the last record on the topic is not the newest, which whoever reads it must see.
    """

    events: int
    parts: int
    wrong_parts: int
    missing_events: int
    missing_outcomes: int
    strange_outcomes: int
    rejected: int
    missing_rejects: int
    wrong_newest: int
    repeated: int
    late: int


def judge(bootstrap: str, prefix: str, skip_rejected: bool = False) -> Verdict:
    """Compare input, changelog, outputs and rejects of all partitions.

    skip_rejected: take the worker's word for what is bad, when badness is more than unreadable JSON.
    """
    total = Verdict(*([0] * len(Verdict._fields)))
    for partition in range(PARTITIONS):
        state, progress = _changelog(bootstrap, prefix, partition)
        rejected = {
            int(record.headers["origin-offset"]): record.headers["reason"].decode()
            for record in plain_records(bootstrap, prefix + CLICKS.rejected.name, partition)
        }
        clicks = plain_records(bootstrap, prefix + CLICKS.name, partition, headers=False)
        recount = Recount()
        for record in clicks:
            if record.offset > progress:
                break
            if not (skip_rejected and record.offset in rejected):
                recount.take(record)
            elif rejected[record.offset] in RULES:
                recount.refused_by_a_rule(record)
        said = Said(plain_records(bootstrap, prefix + COUNTS.name, partition))
        one = Verdict(
            events=recount.applied,
            parts=len(recount.tallies),
            wrong_parts=sum(state.get(key) != recount.tallies.get(key) for key in set(state) | set(recount.tallies)),
            missing_events=sum(record.offset > progress and not is_tick(record) for record in clicks),
            missing_outcomes=len(set(recount.counts) - said.outcomes),
            strange_outcomes=len(said.outcomes - set(recount.counts)),
            rejected=len(recount.rejected),
            missing_rejects=len(set(recount.rejected) ^ rejected.keys()),
            wrong_newest=sum(said.newest.get(key) != recount.newest.get(key) for key in set(said.newest) | set(recount.newest)),
            repeated=said.repeated,
            late=said.late,
        )
        total = Verdict(*(a + b for a, b in zip(total, one, strict=True)))
    return total


def recounted(bootstrap: str, prefix: str) -> tuple[dict[bytes, tuple[str, int]], set[str]]:
    """Of the whole input: id and checksum of the newest outcome of each key, and the ids of all."""
    newest: dict[bytes, tuple[str, int]] = {}
    outcomes: set[str] = set()
    for partition in range(PARTITIONS):
        recount = Recount()
        for record in plain_records(bootstrap, prefix + CLICKS.name, partition, headers=False):
            recount.take(record)
        newest |= recount.newest
        outcomes |= {identity for _, identity in recount.counts}
    return newest, outcomes


def late_outcomes(bootstrap: str, prefix: str) -> int:
    """Keys of which the last record on the output topic is not the newest."""
    return sum(Said(plain_records(bootstrap, prefix + COUNTS.name, partition)).late for partition in range(PARTITIONS))


class Said:
    """What stands on one partition of the output topic, which has as many as the input."""

    def __init__(self, records: Iterable[Plain]) -> None:
        self.outcomes: set[tuple[bytes | None, str]] = set()
        self.repeated = 0
        newest: dict[bytes, tuple[tuple[str, datetime], str, int]] = {}
        last: dict[bytes, tuple[str, datetime]] = {}
        for record in records:
            assert record.key is not None
            event = json.loads(record.value or b"")
            at = event["sequence"], datetime.fromisoformat(event["time"])
            self.repeated += (record.key, event["id"]) in self.outcomes
            self.outcomes.add((record.key, event["id"]))
            last[record.key] = at
            if record.key not in newest or at >= newest[record.key][0]:
                newest[record.key] = at, event["id"], event["data"]["chain"]
        self.newest = {key: (identity, chain) for key, (_, identity, chain) in newest.items()}
        self.late = sum(at != newest[key][0] for key, at in last.items())


def last_values(bootstrap: str, topic: str, partition: int) -> dict[bytes, bytes]:
    """A compacted partition as whoever reads it from its start sees it, claims aside: the last value of each key."""
    last: dict[bytes, bytes] = {}
    for record in plain_records(bootstrap, topic, partition):
        assert record.key is not None
        if record.value is None:
            last.pop(record.key, None)
        else:
            last[record.key] = record.value
    last.pop(b"\xff\xffclaim", None)
    return last


def progress_of(last: dict[bytes, bytes]) -> dict[str, int]:
    """The last offset that a state covers, of each input, taken out of its changelog values."""
    progress = last.pop(b"\xff\xffprogress", None)
    offsets: dict[str, int] = msgspec.msgpack.decode(progress)["offsets"] if progress else {}
    return offsets


def _changelog(bootstrap: str, prefix: str, partition: int) -> tuple[dict[bytes, list[Any]], int]:
    """State and progress as any recovery sees them."""
    last = last_values(bootstrap, prefix + STATE.name, partition)
    at = progress_of(last).get(CLICKS.name, -1)
    state = {}
    for key, value in last.items():
        length = int.from_bytes(key[:2], "big")
        if not length:  # the bus's own
            continue
        tally = msgspec.msgpack.decode(value[_FORMAT_AND_WAKE_BYTES:])
        state[key[2 : 2 + length]] = [tally["count"], tally["chain"], tally["silences"], tally["last"]]
    return state, at
