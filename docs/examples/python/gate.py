"""Says that a gate stands open too long, or is closed again: a signal of a source of your own.

pip install confluent-kafka
TALAIA_KAFKA_BOOTSTRAP=127.0.0.1:9092 python gate.py my-city G1 began
"""

import json
import os
import sys
import uuid
from datetime import UTC, datetime

from confluent_kafka import Message, Producer

TOPIC = os.environ.get("TALAIA_TOPIC_PREFIX", "") + "alerts.signals.v1"
HEADERS = [("content-type", b"application/cloudevents+json")]


def signal(gate: str, state: str, now: datetime) -> bytes:
    """The event. state: `began` or `ended`, of the one condition that this gate has."""
    event = {
        "specversion": "1.0",
        "type": "city.talaia.alerts.signals.signalled.v1",
        "id": str(uuid.uuid4()),
        "source": "gate-watch",
        "time": now.isoformat(),
        "recordedtime": now.isoformat(),
        "data": {
            "condition_id": f"gate.left_open/{gate}",
            "kind": "gate.left_open",
            "subject": gate,
            "location": {"site": gate, "name": f"Gate {gate}"},
            "state": state,
            "evidence": {"rule": "left_open", "rule_version": "1", "facts": {"open_min": 12.0}},  # why: the operator reads it
        },
    }
    return json.dumps(event).encode()


def told(error: object, message: Message) -> None:
    """Kafka has it, or says why not."""
    print(json.dumps({"sent": error is None, "partition": message.partition(), "why": error and str(error)}))


def main(area: str, gate: str, state: str) -> None:
    """Send one. The key is the area; its partition is the one that Kafka's Java client takes, which librdkafka must be told."""
    bootstrap = os.environ.get("TALAIA_KAFKA_BOOTSTRAP", "127.0.0.1:9092")
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "acks": "all"})
    now = datetime.now(UTC)  # noqa: TID251 - it is seen now
    producer.produce(TOPIC, signal(gate, state, now), key=area, headers=HEADERS, on_delivery=told)
    if producer.flush(30):
        sys.exit(f"no answer from Kafka at {bootstrap}")


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[3] not in ("began", "ended"):
        sys.exit("python gate.py AREA GATE began|ended")
    main(*sys.argv[1:])
