"""What a worker asks of Kafka before it starts, and again whenever it takes over partitions."""

import logging
from collections.abc import Sequence

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from talaia.contracts.catalogue import Topic
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import Stop
from talaia.stream.unavailable import BusUnavailable

_TIMEOUT_MS = 10_000


def topic_ids(settings: BusSettings, topics: Sequence[Topic]) -> dict[str, str]:
    """Kafka's id of each topic, by catalogue name.

    Raises BusUnavailable when Kafka is away or lacks a topic, Stop when one has other partitions.
    """
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=settings.kafka_bootstrap.split(","),
            bootstrap_timeout_ms=_TIMEOUT_MS,
            request_timeout_ms=_TIMEOUT_MS,
        )
        try:
            described = {topic["name"]: topic for topic in admin.describe_topics() if not topic.get("error_code")}
        finally:
            admin.close()
    except (KafkaError, OSError) as error:
        raise BusUnavailable(
            f"Kafka at {settings.kafka_bootstrap} does not answer ({type(error).__name__}): "
            "start one (`talaia up` does) or correct TALAIA_KAFKA_BOOTSTRAP"
        ) from None
    missing = [name for topic in topics if (name := settings.topic(topic.name)) not in described]
    if missing:
        raise BusUnavailable(f"Kafka has no topic {', '.join(missing)}: run `talaia topics apply`")
    for topic in topics:
        found = len(described[settings.topic(topic.name)]["partitions"])
        if found != topic.partitions:
            raise Stop(f"topic {settings.topic(topic.name)} has {found} partitions, the catalogue says {topic.partitions}")
    return {topic.name: str(described[settings.topic(topic.name)]["topic_id"]) for topic in topics}
