"""A real Kafka without containers: jars by a lock with hashes, Java from a wheel, one node on this machine."""

from talaia.cli.kafka.local import LocalKafka
from talaia.cli.kafka.lock import KafkaUnavailable
from talaia.cli.kafka.node import Node, prepare

__all__ = ["KafkaUnavailable", "LocalKafka", "Node", "prepare"]
