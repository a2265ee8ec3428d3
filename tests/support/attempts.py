"""What somebody tries on the bus, by clients of other makes than the one that gave the rights; told are those that succeed."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from kafka import TopicPartition as OtherPartition
from kafka import admin as other_make
from kafka.errors import ClusterAuthorizationFailedError
from kafka.errors import KafkaError as OtherError
from kafka.structs import OffsetAndMetadata
from talaia.stream.connection import connection, librdkafka
from talaia.stream.folding.parts import CLAIM
from talaia.stream.settings import BusSettings

REFUSALS = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
}
_PATIENCE_S = 20.0


def allowed(settings: BusSettings, topics: Iterable[str]) -> dict[str, set[str]]:
    """What Kafka says that a user may do with topics: the authorized operations of one request for metadata."""
    admin = AdminClient(librdkafka(settings))
    asked = admin.describe_topics(TopicCollection(list(topics)), include_authorized_operations=True, request_timeout=_PATIENCE_S)
    found: dict[str, set[str]] = {}
    for topic, answer in asked.items():
        try:
            found[topic] = {operation.name for operation in answer.result().authorized_operations}
        except KafkaException as error:
            assert error.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED, error
            found[topic] = set()
    return found


def written(settings: BusSettings, topics: Iterable[str]) -> set[str]:
    """The topics that take a record from a user."""
    taken = set()

    def told(error: KafkaError | None, message: Message) -> None:
        if error is None:
            taken.add(message.topic())
        else:
            assert error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED, error

    producer = Producer(librdkafka(settings) | {"linger.ms": "0"})
    for topic in topics:
        producer.produce(topic, b"tried", CLAIM, on_delivery=told)  # a key that whoever looks at a changelog passes over
    assert producer.flush(_PATIENCE_S) == 0
    return taken


def read(settings: BusSettings, topics: Iterable[str]) -> set[str]:
    """The topics of which a user gets records: one fetch, since a consumer would get nothing and not say why."""
    return asyncio.run(_fetched(settings, list(topics)))


async def _fetched(settings: BusSettings, topics: list[str]) -> set[str]:
    client = AIOKafkaClient(**connection(settings))
    await client.bootstrap()
    try:
        (node,) = client.cluster.brokers()
        request = FetchRequest(0, 0, 1_000_000, 0, [(topic, [(0, 0, 1_000)]) for topic in topics])
        answer = await client.send(node.nodeId, request)
        errors = {topic: code for topic, ((_, code, *_),) in answer.topics}
    finally:
        await client.close()
    assert set(errors.values()) <= {0, KafkaError.TOPIC_AUTHORIZATION_FAILED}, errors
    return {topic for topic, code in errors.items() if code == 0}


def refused(attempts: Mapping[str, Any]) -> dict[str, str]:
    """What became of attempts that must fail for want of a right: those that did not, and how."""
    went_otherwise = {}
    for name, attempt in attempts.items():
        try:
            attempt()
        except (KafkaException, OtherError) as error:
            code = error.args[0].code() if isinstance(error, KafkaException) else error.errno
            if code not in REFUSALS:
                went_otherwise[name] = repr(error)
        else:
            went_otherwise[name] = "succeeded"
    return went_otherwise


class Intruder:
    """A user who tries what belongs to another user, with that one's topic. mine: a topic that it may write."""

    def __init__(self, settings: BusSettings, me: str, other: str, topic: str, mine: str) -> None:
        self._settings, self._client = settings, librdkafka(settings)
        self._admin = AdminClient(self._client)
        self._me, self._other, self._topic, self._mine = me, other, topic, mine

    def attempts(self) -> dict[str, Any]:
        """All that it tries, by what it is."""
        return {name.replace("_", " "): attempt for name, attempt in self._tries()}

    def _tries(self) -> Iterator[tuple[str, Any]]:
        for name in dir(self):
            if not name.startswith("_") and name != "attempts":
                yield name, getattr(self, name)

    def _asking(self) -> other_make.KafkaAdminClient:
        """For what librdkafka does not tell, or does not outlive, when it is refused."""
        return other_make.KafkaAdminClient(**connection(self._settings))

    def _rule(self, kind: type[AclBinding] = AclBinding) -> Any:
        pattern, allow = ResourcePatternType.LITERAL, AclPermissionType.ALLOW
        return kind(ResourceType.TOPIC, self._topic, pattern, f"User:{self._me}", "*", AclOperation.ALL, allow)

    def create_a_topic(self) -> None:
        _result(self._admin.create_topics([NewTopic(f"{self._topic}.mine", 1, 1)]))

    def delete_a_topic(self) -> None:
        _result(self._admin.delete_topics([self._topic]))

    def widen_a_topic(self) -> None:
        _result(self._admin.create_partitions([NewPartitions(self._topic, 99)]))

    def delete_records_that_it_may_write(self) -> None:
        _result(self._admin.delete_records([TopicPartition(self._mine, 0, -1)]))

    def change_the_settings_of_a_topic(self) -> None:
        _result(self._admin.incremental_alter_configs([_setting(ResourceType.TOPIC, self._topic, "retention.ms", "1")]))

    def change_the_settings_of_a_broker(self) -> None:
        _result(self._admin.incremental_alter_configs([_setting(ResourceType.BROKER, "1", "log.retention.ms", "1")]))

    def list_the_rules(self) -> None:
        every = other_make.ResourcePatternFilter(other_make.ResourceType.ANY, None, other_make.ACLResourcePatternType.ANY)
        anything = (other_make.ACLOperation.ANY, other_make.ACLPermissionType.ANY, every)
        with self._asking() as admin:
            admin.describe_acls(other_make.ACLFilter(None, None, *anything))

    def grant_itself(self) -> None:
        _result(self._admin.create_acls([self._rule()]))

    def take_away_rules(self) -> None:
        _result(self._admin.delete_acls([self._rule(AclBindingFilter)]))

    def change_the_password_of_another(self) -> None:
        with self._asking() as admin:
            asked = other_make.UserScramCredentialUpsertion(self._other, "SCRAM-SHA-512", "mine now")
            (answer,) = admin.alter_user_scram_credentials([asked]).values()
        if answer is not None:
            raise ClusterAuthorizationFailedError(answer)

    def list_the_users(self) -> None:
        with self._asking() as admin:
            admin.describe_user_scram_credentials([self._other])

    def join_the_group_of_another(self) -> None:
        consumer = Consumer(self._client | {"group.id": self._other})
        consumer.subscribe([self._topic])
        try:
            while (message := consumer.poll(_PATIENCE_S)) is not None:
                if message.error():
                    raise KafkaException(message.error())
        finally:
            consumer.close()

    def move_the_offsets_of_another(self) -> None:
        place = OtherPartition(self._topic, 0)
        with self._asking() as admin:
            (error,) = admin.alter_group_offsets(self._other, {place: OffsetAndMetadata(0, "", -1)}).values()
        raise error

    def delete_the_group_of_another(self) -> None:
        _result(self._admin.delete_consumer_groups([self._other]))

    def write_under_the_transactional_id_of_another(self) -> None:
        Producer(self._client | {"transactional.id": f"{self._other}-state-changelog-0"}).init_transactions(_PATIENCE_S)


def _result(answers: Mapping[Any, Any]) -> None:
    for answer in answers.values():
        answer.result(_PATIENCE_S)


def _setting(kind: ResourceType, of: str, name: str, value: str) -> ConfigResource:
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    return ConfigResource(kind, of, incremental_configs=[entry])
