import dataclasses
import functools

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.structs import OffsetAndMetadata
from talaia.cli.kafka.lock import kafka_version
from talaia.contracts.catalogue import CHANGELOGS, FORECASTS, MEASUREMENTS, every_topic
from talaia.stream import acls, topics
from talaia.stream.acls import RulesHidden
from talaia.stream.connection import administrator
from talaia.stream.rights import reading
from talaia.stream.settings import BusSettings
from talaia.stream.topics import TopicsRefused
from talaia.stream.unavailable import BusUnavailable

pytestmark = pytest.mark.broker


@pytest.fixture
def settings(broker: str, prefix: str) -> BusSettings:
    return BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)


def _found(settings: BusSettings, name: str) -> dict[str, str]:
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    try:
        asked = [ConfigResource(ConfigResourceType.TOPIC, settings.topic(name))]
        found = admin.describe_configs(asked, config_filter="all")["topic"][settings.topic(name)]
        return {key: entry["value"] for key, entry in found.items()}
    finally:
        admin.close()


def test_every_topic_of_the_catalogue_is_made_once_and_then_nothing_differs(settings: BusSettings) -> None:
    names = {settings.topic(topic.name) for topic in every_topic()}
    assert len(topics.check(settings, every_topic())) == len(names)
    assert set(topics.apply(settings, every_topic()).created) == names
    assert topics.check(settings, every_topic()) == []
    assert topics.apply(settings, every_topic()) == ((), ())


def test_changelogs_are_compacted_only_and_take_large_batches(settings: BusSettings) -> None:
    changelog = CHANGELOGS[0].topic
    topics.apply(settings, [changelog])
    found = _found(settings, changelog.name)
    assert found["cleanup.policy"] == "compact"
    assert found["max.message.bytes"] == str(8 * 1_048_576)
    assert found["delete.retention.ms"] == "86400000"
    assert found["segment.ms"] == "3600000"


def test_inputs_of_workers_carry_the_time_of_the_broker(settings: BusSettings) -> None:
    topics.apply(settings, [MEASUREMENTS, FORECASTS])
    assert _found(settings, MEASUREMENTS.name)["message.timestamp.type"] == "LogAppendTime"
    assert _found(settings, MEASUREMENTS.name)["retention.ms"] == str(30 * 86_400_000)
    assert _found(settings, FORECASTS.name)["message.timestamp.type"] == "CreateTime"


def test_a_changed_setting_is_told_and_corrected(settings: BusSettings) -> None:
    topics.apply(settings, [MEASUREMENTS])
    longer = dataclasses.replace(MEASUREMENTS, retention=None)
    name = settings.topic(MEASUREMENTS.name)
    assert topics.check(settings, [longer]) == [
        f"{name} has retention.ms=2592000000, the catalogue says -1: run `talaia topics apply`"
    ]
    assert topics.apply(settings, [longer]) == ((), (name,))
    assert topics.check(settings, [longer]) == []


def test_a_change_of_partitions_is_refused_and_nothing_is_made(settings: BusSettings) -> None:
    topics.apply(settings, [MEASUREMENTS])
    wider = dataclasses.replace(MEASUREMENTS, partitions=32)
    with pytest.raises(TopicsRefused, match=f"{settings.topic_prefix}waste.measurements.v1 has 16 partitions.*says 32"):
        topics.apply(settings, [wider, FORECASTS])
    assert any("is missing" in difference for difference in topics.check(settings, [FORECASTS]))


def test_a_prefix_whose_topics_collide_with_those_of_others_is_refused_and_nothing_is_made(settings: BusSettings) -> None:
    others = settings.topic(FORECASTS.name).replace(".", "_", 1)
    with administrator(settings) as admin:
        admin.create_topics({others: {"num_partitions": 1, "replication_factor": 1}})
        admin.wait_for_topics([others])
    with pytest.raises(TopicsRefused, match=f"collides with {others}, .* choose another TALAIA_TOPIC_PREFIX"):
        topics.apply(settings, [MEASUREMENTS, FORECASTS])
    assert len(topics.check(settings, [MEASUREMENTS])) == 1


def test_without_an_authorizer_rights_are_neither_given_nor_compared(settings: BusSettings) -> None:
    for ask in (acls.apply, acls.check):
        with pytest.raises(RulesHidden, match=r"no authorizer, so whoever reaches it may do everything: set authorizer\.class"):
            ask(settings, {"waste-api": reading([FORECASTS])})


def test_lag_counts_what_a_group_has_not_committed(settings: BusSettings) -> None:
    topics.apply(settings, [MEASUREMENTS])
    name = settings.topic(MEASUREMENTS.name)
    producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap)
    for _ in range(5):
        producer.send(name, key=b"k", value=b"v", partition=3).get(timeout=30)
    producer.close()
    assert sum(topics.lag(settings, "reader", [MEASUREMENTS]).values()) == 5
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, group_id=settings.topic("reader"))
    place = TopicPartition(name, 3)
    consumer.assign([place])
    consumer.commit({place: OffsetAndMetadata(2, "", -1)})
    consumer.close()
    lag = topics.lag(settings, "reader", [MEASUREMENTS])
    assert lag["waste.measurements.v1", 3] == 3
    assert sum(lag.values()) == 3


def test_a_broker_that_is_not_there_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "administrator", functools.partial(administrator, timeout_ms=500))
    with pytest.raises(BusUnavailable, match=r"127\.0\.0\.1:1 .*talaia up.*TALAIA_KAFKA_BOOTSTRAP"):
        topics.check(BusSettings(kafka_bootstrap="127.0.0.1:1"), [MEASUREMENTS])


def test_the_broker_tells_its_release(settings: BusSettings) -> None:
    assert topics.broker_version(settings) == ".".join(kafka_version().split(".")[:2])
