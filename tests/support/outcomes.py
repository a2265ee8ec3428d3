"""What services said, from a real bus and from memory, so that the two can be compared."""

import json
from collections import defaultdict
from collections.abc import Iterable

import msgspec
from support.plain_kafka import read_all
from talaia.contracts.catalogue import Topic
from talaia.contracts.envelope import CONTENT_TYPE_HEADER
from talaia.stream.folding.memory import MemoryBus, MemoryWorker
from talaia.stream.folding.records import Outgoing
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message

POSITION_FIELDS = ("sequence", "cause")

Outcomes = dict[tuple[str, str, str], list[str]]
"""Outcomes by topic, key and source, in order, without the fields that name offsets."""


def run(worker: MemoryWorker) -> list[Outgoing]:
    """What a service says of all that is new on its in-memory bus; it is put there too."""
    partitions = {topic.name: topic.partitions for topic in worker.processor.outputs}
    said = worker.run()
    for one in said:
        worker.bus.append(one, partitions[one.topic])
    return said


def put(bus: MemoryBus, messages: Iterable[Message]) -> None:
    """Events on an in-memory bus."""
    for message in messages:
        key, value = message.key.encode(), msgspec.json.encode(message.event)
        bus.put(message.topic.name, partition_of(key, message.topic.partitions), key, value, (CONTENT_TYPE_HEADER,))


def outcomes(said: Iterable[Outgoing]) -> Outcomes:
    """What was said in memory."""
    found: Outcomes = defaultdict(list)
    for one in said:
        found[one.topic, one.key.decode(), json.loads(one.value)["source"]].append(_line(one.value))
    return found


def outcomes_on(bootstrap: str, prefix: str, topics: Iterable[Topic]) -> Outcomes:
    """What stands on a bus: what is said again, after a kill, must be the same to the byte, and counts once."""
    found: Outcomes = defaultdict(list)
    for topic in topics:
        seen: dict[tuple[str, str], str] = {}
        for record in read_all(bootstrap, prefix + topic.name, topic.partitions):
            event, line = json.loads(record.value), _line(record.value)
            identity = event["source"], event["id"]
            if identity not in seen:
                found[topic.name, record.key.decode(), event["source"]].append(line)
            assert seen.setdefault(identity, line) == line
    return found


def _line(value: bytes) -> str:
    event = json.loads(value)
    for field in POSITION_FIELDS:
        event.pop(field, None)
    # evidence names the records it rests on
    event["data"].get("evidence", {}).pop("positions", None)
    return json.dumps(event, sort_keys=True)
