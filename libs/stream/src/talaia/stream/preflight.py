"""What is asked of Kafka before a worker or a view starts, and again whenever a worker takes over partitions.

Whoever may not read a topic gets nothing of it, and no error: so the rights are asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kafka.admin import KafkaAdminClient
from kafka.errors import (
    GroupAuthorizationFailedError,
    NoError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
    TransactionalIdNotFoundError,
)

from talaia.contracts.catalogue import Topic
from talaia.stream.connection import administrator, kafka_file_of, patiently
from talaia.stream.rights import Kind, Operation, Right
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import Stop
from talaia.stream.unavailable import BusLacks

_THERE = (NoError.errno, TopicAuthorizationFailedError.errno)


class Found(NamedTuple):
    """Topics as they are. ids: Kafka's, by catalogue name; underreplicated: partitions that lack a copy in sync."""

    ids: dict[str, str]
    underreplicated: int


def topic_ids(settings: BusSettings, topics: Sequence[Topic], rights: Sequence[Right] = ()) -> dict[str, str]:
    """Kafka's id of each topic, by catalogue name. Raises as `look` does."""
    return look(settings, topics, rights).ids


def look(settings: BusSettings, topics: Sequence[Topic], rights: Sequence[Right] = ()) -> Found:
    """Look for topics, also those that the rights are of, and for the rights.

    Raises BusUnavailable when Kafka is away, BusLacks when it lacks a topic or does not give a right, Stop when a topic has
    other partitions than the catalogue says.
    """
    wanted = [*(topic.name for topic in topics), *(right.name for right in rights if right.kind is Kind.TOPIC)]
    names = [settings.topic(name) for name in dict.fromkeys(wanted)]
    with administrator(settings) as admin:
        described = {topic["name"]: topic for topic in admin.describe_topics(names)}
        missing = [name for name in names if described[name]["error_code"] not in _THERE]
        if missing:
            raise BusLacks(f"Kafka has no topic {', '.join(missing)}: run `talaia topics apply`, or correct TALAIA_TOPIC_PREFIX")
        refused = [right for right in rights if not _given(admin, settings, described, right)]
    if refused:
        raise BusLacks(_refusal(settings, refused))
    for topic in topics:
        found = len(described[settings.topic(topic.name)]["partitions"])
        if found != topic.partitions:
            raise Stop(f"topic {settings.topic(topic.name)} has {found} partitions, the catalogue says {topic.partitions}")
    partitions = [partition for topic in described.values() for partition in topic["partitions"]]
    return Found(
        {topic.name: str(described[settings.topic(topic.name)]["topic_id"]) for topic in topics},
        sum(len(partition["isr_nodes"]) < len(partition["replica_nodes"]) for partition in partitions),
    )


class Answer(NamedTuple):
    """What Kafka gives a user beside what it should, in words: rights that are missing, and what it may with topics besides."""

    lacking: tuple[str, ...]
    besides: tuple[str, ...]


def answer(settings: BusSettings, topics: Sequence[Topic], rights: Sequence[Right]) -> Answer:
    """Ask Kafka as the user of the settings, who has these rights and no other to these topics. Raises BusUnavailable."""
    names = [settings.topic(topic.name) for topic in topics]
    with administrator(settings) as admin:
        described = {topic["name"]: topic for topic in admin.describe_topics(names)}
        lacking = tuple(right.named(settings.topic_prefix) for right in rights if not _given(admin, settings, described, right))
    may = {name: set(described[name]["authorized_operations"] or ()) for name in names}
    for right in rights:
        if right.kind is Kind.TOPIC:
            may[settings.topic(right.name)] -= {right.operation, Operation.DESCRIBE}
    return Answer(lacking, tuple(f"{operation} topic {name}" for name, left in may.items() for operation in sorted(left)))


def _given(admin: KafkaAdminClient, settings: BusSettings, described: Mapping[str, Any], right: Right) -> bool:
    name = settings.topic(right.name)
    match right.kind:
        case Kind.TOPIC:
            return right.operation in (described[name]["authorized_operations"] or ())
        case Kind.GROUP:
            try:
                allowed = patiently(lambda: admin.describe_groups([name]))[name]["authorized_operations"]
            except GroupAuthorizationFailedError:
                return False
            # of a group that nobody joined yet Kafka tells only that something is allowed with it
            return allowed is None or right.operation in allowed
        case Kind.TRANSACTIONAL_ID:
            # which operations are allowed is not told, only whether any is
            try:
                patiently(lambda: admin.describe_transactions([name + "0" * right.prefixed]))
            except TransactionalIdAuthorizationFailedError:
                return False
            except TransactionalIdNotFoundError:
                pass
            return True


def _refusal(settings: BusSettings, refused: Sequence[Right]) -> str:
    user = kafka_file_of(settings).user
    who = f"user {user}" if user else "this process"
    named = [right.named(settings.topic_prefix) for right in refused]
    return f"Kafka does not let {who} {', '.join(named)}: grant it what is missing"
