"""What is asked of Kafka before a worker or a view starts, and again whenever a worker takes over partitions.

Whoever may not read a topic gets nothing of it, and no error: so the rights are asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import (
    GroupAuthorizationFailedError,
    NoError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
    TransactionalIdNotFoundError,
)

from talaia.contracts.catalogue import Topic
from talaia.stream.connection import administrator, patiently, security
from talaia.stream.rights import Kind, Right
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import Stop
from talaia.stream.unavailable import BusLacks

_THERE = (NoError.errno, TopicAuthorizationFailedError.errno)


def topic_ids(settings: BusSettings, topics: Sequence[Topic], rights: Sequence[Right] = ()) -> dict[str, str]:
    """Kafka's id of each topic, by catalogue name.

    Raises BusUnavailable when Kafka is away, BusLacks when it lacks a topic or does not give a right, Stop when a topic has
    other partitions than the catalogue says.
    """
    names = [settings.topic(topic.name) for topic in topics]
    with administrator(settings) as admin:
        described = {topic["name"]: topic for topic in admin.describe_topics(names)}
        missing = [name for name in names if described[name]["error_code"] not in _THERE]
        if missing:
            raise BusLacks(f"Kafka has no topic {', '.join(missing)}: run `talaia topics apply`")
        lacking = [right for right in rights if not _given(admin, settings, described, right)]
    if lacking:
        raise BusLacks(_refusal(settings, lacking))
    for topic in topics:
        found = len(described[settings.topic(topic.name)]["partitions"])
        if found != topic.partitions:
            raise Stop(f"topic {settings.topic(topic.name)} has {found} partitions, the catalogue says {topic.partitions}")
    return {topic.name: str(described[settings.topic(topic.name)]["topic_id"]) for topic in topics}


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


def _refusal(settings: BusSettings, lacking: Sequence[Right]) -> str:
    known = security(settings)
    who = f"user {known.user}" if known and known.user else "this process"
    named = [f"{right.operation} {right.kind} {settings.topic(right.name)}{'*' * right.prefixed}" for right in lacking]
    return f"Kafka does not let {who} {', '.join(named)}: grant it what is missing"
