"""Topics are made from the catalogue, and compared with it; workers never create one."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaTimeoutError

from talaia.contracts.catalogue import Cleanup, Topic
from talaia.stream.connection import administrator, patiently
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusLacks

_REPLICAS = 3
_READY_TIMEOUT_MS = 30_000
_LOOK_EVERY_S = 0.1


class TopicsRefused(RuntimeError):
    """The broker's topics contradict the catalogue in a way that must not be changed in place."""


class Applied(NamedTuple):
    """Topics made, and topics whose settings were changed."""

    created: tuple[str, ...]
    changed: tuple[str, ...]


def apply(settings: BusSettings, topics: Sequence[Topic]) -> Applied:
    """Create what is missing and correct settings; ready for use when this returns. Raises BusUnavailable, TopicsRefused."""
    with administrator(settings) as admin:
        wanted = {settings.topic(topic.name): topic for topic in topics}
        partitions = _partitions(admin)
        refused = [_other_partitions(name, partitions[name], topic) for name, topic in wanted.items() if name in partitions]
        refused += [_collision(name, partitions) for name in wanted if name not in partitions]
        if any(refused):
            raise TopicsRefused("\n".join(sentence for sentence in refused if sentence))
        brokers = len(admin.describe_cluster()["brokers"])
        missing = {name: topic for name, topic in wanted.items() if name not in partitions}
        if missing:
            admin.create_topics({name: _creation(topic, min(_REPLICAS, brokers)) for name, topic in missing.items()})
        wrong = _wrong_settings(admin, {name: topic for name, topic in wanted.items() if name not in missing})
        if wrong:
            admin.alter_configs(
                [
                    ConfigResource(ConfigResourceType.TOPIC, name, {key: should for key, (_, should) in differences.items()})
                    for name, differences in wrong.items()
                ]
            )
        admin.wait_for_topics(list(wanted), timeout_ms=_READY_TIMEOUT_MS)
        # a leader is named a moment before it serves; asking for the ends waits for that
        new = {TopicPartition(name, n): OffsetSpec.LATEST for name, topic in missing.items() for n in range(topic.partitions)}
        ready_s = _READY_TIMEOUT_MS / 1000
        patiently(lambda: admin.list_partition_offsets(new), ready_s, new_topics=True)
        _wait_until(lambda: not patiently(lambda: _wrong_settings(admin, wanted), ready_s, new_topics=True))
        return Applied(tuple(missing), tuple(wrong))


def check(settings: BusSettings, topics: Sequence[Topic]) -> list[str]:
    """How the broker's topics differ from the catalogue, a sentence each. Raises BusUnavailable."""
    with administrator(settings) as admin:
        wanted = {settings.topic(topic.name): topic for topic in topics}
        partitions = _partitions(admin)
        there = {name: topic for name, topic in wanted.items() if name in partitions}
        differences = [f"{name} is missing: run `talaia topics apply`" for name in wanted if name not in there]
        differences += filter(None, (_other_partitions(name, partitions[name], topic) for name, topic in there.items()))
        for name, wrong in _wrong_settings(admin, there).items():
            differences += [
                f"{name} has {key}={found}, the catalogue says {should}: run `talaia topics apply`"
                for key, (found, should) in wrong.items()
            ]
        return differences


def lag(settings: BusSettings, group: str, topics: Sequence[Topic]) -> dict[tuple[str, int], int]:
    """Events that a group has not committed, by topic (as the catalogue names it) and partition. Raises BusUnavailable."""
    with administrator(settings) as admin:
        places = {
            TopicPartition(settings.topic(topic.name), partition): (topic.name, partition)
            for topic in topics
            for partition in range(topic.partitions)
        }
        committed = _committed(admin, settings.topic(group), list(places))
        ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
        starts = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
        return {
            name: ends[place].offset - max(committed[place].offset if place in committed else -1, starts[place].offset)
            for place, name in places.items()
        }


def broker_version(settings: BusSettings) -> str:
    """The release whose protocol the brokers speak: `4.3`. Raises BusUnavailable."""
    with administrator(settings) as admin:
        any_broker = admin.describe_cluster()["brokers"][0]["broker_id"]
        return ".".join(map(str, admin.get_broker_version_data(any_broker).broker_version))


def cluster_id(settings: BusSettings) -> str:
    """Which cluster the brokers are. Raises BusUnavailable."""
    with administrator(settings) as admin:
        return str(admin.describe_cluster()["cluster_id"])


def topic_settings(topic: Topic) -> dict[str, str]:
    """What Kafka must know of a topic besides its partitions."""
    settings = {"cleanup.policy": str(topic.cleanup), "max.message.bytes": str(topic.max_message_bytes)}
    if topic.cleanup is Cleanup.DELETE:
        settings["retention.ms"] = "-1" if topic.retention is None else str(topic.retention // timedelta(milliseconds=1))
    if _is_changelog(topic):
        # a tombstone outlives the longest recovery, and segments close soon so that compaction keeps up
        settings |= {"delete.retention.ms": str(24 * 3_600_000), "segment.ms": str(3_600_000)}
    elif any(reader.endswith("worker") for reader in topic.read_by):
        # a worker judges a writer's clock by the broker's
        settings["message.timestamp.type"] = "LogAppendTime"
    return settings


def _is_changelog(topic: Topic) -> bool:
    return topic.cleanup is Cleanup.COMPACT and topic.written_by == topic.read_by


def _creation(topic: Topic, replicas: int) -> dict[str, Any]:
    safe = {"min.insync.replicas": str(max(1, replicas - 1))}
    return {
        "num_partitions": topic.partitions,
        "replication_factor": replicas,
        "configs": topic_settings(topic) | safe,
    }


def _partitions(admin: KafkaAdminClient) -> dict[str, int]:
    return {described["name"]: len(described["partitions"]) for described in admin.describe_topics()}


def _other_partitions(name: str, found: int, topic: Topic) -> str | None:
    if found == topic.partitions:
        return None
    return (
        f"{name} has {found} partitions, the catalogue says {topic.partitions}: that cannot be changed without "
        "moving keys away from their state; make a new version of the topic"
    )


def _collision(name: str, there: Iterable[str]) -> str | None:
    """Kafka's metrics write a point as an underscore, so it refuses a name that differs from another in that alone."""
    other = next((one for one in there if one.replace(".", "_") == name.replace(".", "_")), None)
    return other and f"{name} collides with {other}, which is another's: choose another TALAIA_TOPIC_PREFIX"


def _wrong_settings(admin: KafkaAdminClient, topics: Mapping[str, Topic]) -> dict[str, dict[str, tuple[str, str]]]:
    """Found and wanted value of every setting that differs, by topic and setting."""
    if not topics:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, list(topic_settings(topic))) for name, topic in topics.items()]
    found = admin.describe_configs(asked, config_filter="all")["topic"]
    hidden = [name for name in topics if not found.get(name)]
    if hidden:
        raise BusLacks(f"Kafka does not let this process DESCRIBE_CONFIGS topic {', '.join(hidden)}: grant it")
    differences = {
        name: {
            key: (found[name][key]["value"], should)
            for key, should in topic_settings(topic).items()
            if found[name][key]["value"] != should
        }
        for name, topic in topics.items()
    }
    return {name: wrong for name, wrong in differences.items() if wrong}


def _committed(admin: KafkaAdminClient, group: str, places: list[TopicPartition]) -> dict[TopicPartition, Any]:
    found: dict[TopicPartition, Any] = patiently(lambda: admin.list_group_offsets({group: places}))[group]
    return found


def _wait_until(done: Callable[[], bool]) -> None:
    """A controller's word reaches the brokers a moment later. Raises KafkaTimeoutError."""
    deadline = time.monotonic() + _READY_TIMEOUT_MS / 1000
    while not done():
        if time.monotonic() > deadline:
            raise KafkaTimeoutError(f"not done after {_READY_TIMEOUT_MS} ms")
        time.sleep(_LOOK_EVERY_S)
