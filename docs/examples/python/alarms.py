"""The alarms as they stand, then every change of one: a JSON object a line.

pip install confluent-kafka
TALAIA_KAFKA_BOOTSTRAP=127.0.0.1:9092 python alarms.py
"""

import contextlib
import json
import os
import sys
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

TOPIC = os.environ.get("TALAIA_TOPIC_PREFIX", "") + "alerts.alarms.v1"


def fold(alarms: dict[str, Any], key: str, value: bytes | None) -> bool:
    """Take one record; False: it is older than what stands, and changes nothing."""
    if value is None:  # the alarm is over
        return alarms.pop(key, None) is not None
    event = json.loads(value)
    if key in alarms and event["sequence"] < alarms[key]["sequence"]:
        return False  # from a worker that was paused
    alarms[key] = event
    return True


def show(key: str, event: Any | None) -> None:
    """One alarm as a line."""
    if event is None:
        said = {"alarm": key, "gone": True}
    else:
        said = {"alarm": key, "sequence": event["sequence"], "shown": event["data"]["shown"], "title": event["data"]["title"]}
    print(json.dumps(said), flush=True)


def main() -> None:
    """Read from the beginning, without a group: nothing is committed, and a restart folds again."""
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ.get("TALAIA_KAFKA_BOOTSTRAP", "127.0.0.1:9092"),
            "group.id": "unused",  # librdkafka wants a name; who assigns partitions joins no group
            "enable.auto.commit": False,
        }
    )
    partitions = [TopicPartition(TOPIC, number) for number in consumer.list_topics(TOPIC, 10).topics[TOPIC].partitions]
    bounds = {place.partition: consumer.get_watermark_offsets(place, 10) for place in partitions}
    missing = {number: end for number, (start, end) in bounds.items() if start < end}  # what the snapshot still lacks
    consumer.assign([TopicPartition(TOPIC, place.partition, OFFSET_BEGINNING) for place in partitions])

    alarms: dict[str, Any] = {}
    complete = False
    while True:
        if not missing and not complete:
            for key, event in alarms.items():
                show(key, event)
            print(json.dumps({"snapshot": len(alarms)}), flush=True)
            complete = True
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            print(message.error(), file=sys.stderr)  # the client tries again by itself
            continue
        key = message.key().decode()
        if fold(alarms, key, message.value()) and complete:
            show(key, alarms.get(key))
        if message.offset() + 1 >= missing.get(message.partition(), sys.maxsize):
            del missing[message.partition()]


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
