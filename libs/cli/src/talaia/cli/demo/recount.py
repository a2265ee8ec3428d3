"""A recount by other means: what the broker and the APIs say of themselves, as JSON. Imports nothing of Talaia.

    python recount.py PREFIX NAME=URL... GROUP:TOPIC,TOPIC... < librdkafka settings as JSON

offsets: records ever written, by topic; committed: records that a group is done with, by topic; answers: the
`/v1/summary` of each API.
"""

import json
import sys
import urllib.request
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

Client = dict[str, str | int | float | bool]

_TIMEOUT_S = 20


def offsets(client: Client, prefix: str) -> dict[str, int]:
    """Records ever written to each topic, without the prefix."""
    admin = AdminClient(client)
    topics = {name: topic for name, topic in admin.list_topics(timeout=_TIMEOUT_S).topics.items() if name.startswith(prefix)}
    newest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    asked = {TopicPartition(name, n): newest for name, topic in topics.items() for n in topic.partitions}
    counts = dict.fromkeys((name.removeprefix(prefix) for name in topics), 0)
    for place, end in admin.list_offsets(asked, request_timeout=_TIMEOUT_S).items():
        counts[place.topic.removeprefix(prefix)] += end.result().offset
    return counts


def committed(client: Client, prefix: str, group: str, topics: list[str]) -> dict[str, int]:
    """Records of each topic that a group is done with."""
    admin = AdminClient(client)
    consumer = Consumer(client | {"group.id": prefix + group})
    try:
        counts = {}
        for topic in topics:
            partitions = admin.list_topics(prefix + topic, timeout=_TIMEOUT_S).topics[prefix + topic].partitions
            places = consumer.committed([TopicPartition(prefix + topic, n) for n in partitions], timeout=_TIMEOUT_S)
            counts[topic] = sum(max(place.offset, 0) for place in places)
        return counts
    finally:
        consumer.close()


def answer(url: str) -> Any:
    """What an API says in sum."""
    with urllib.request.urlopen(f"{url}/v1/summary", timeout=_TIMEOUT_S) as response:  # noqa: S310  (addresses of this machine)
        return json.load(response)


def main(client: Client, prefix: str, *asked: str) -> None:
    """Print the recount."""
    groups = dict(word.split(":", 1) for word in asked if "=" not in word)
    apis = dict(word.split("=", 1) for word in asked if "=" in word)
    found = {
        "offsets": offsets(client, prefix),
        "committed": {group: committed(client, prefix, group, topics.split(",")) for group, topics in groups.items()},
        "answers": {name: answer(url) for name, url in apis.items()},
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(json.load(sys.stdin), *sys.argv[1:])
