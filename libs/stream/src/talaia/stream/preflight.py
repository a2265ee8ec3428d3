"""What a worker asks of Kafka before it starts, and again whenever it takes over partitions."""

from collections.abc import Sequence

from talaia.contracts.catalogue import Topic
from talaia.stream.connection import administrator
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import Stop
from talaia.stream.unavailable import BusUnavailable


def topic_ids(settings: BusSettings, topics: Sequence[Topic]) -> dict[str, str]:
    """Kafka's id of each topic, by catalogue name.

    Raises BusUnavailable when Kafka is away or lacks a topic, Stop when one has other partitions.
    """
    with administrator(settings) as admin:
        described = {topic["name"]: topic for topic in admin.describe_topics() if not topic.get("error_code")}
    missing = [name for topic in topics if (name := settings.topic(topic.name)) not in described]
    if missing:
        raise BusUnavailable(f"Kafka has no topic {', '.join(missing)}: run `talaia topics apply`")
    for topic in topics:
        found = len(described[settings.topic(topic.name)]["partitions"])
        if found != topic.partitions:
            raise Stop(f"topic {settings.topic(topic.name)} has {found} partitions, the catalogue says {topic.partitions}")
    return {topic.name: str(described[settings.topic(topic.name)]["topic_id"]) for topic in topics}
