import os
import socket
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from support.broker import QUICK
from talaia.cli.kafka import KafkaUnavailable, LocalKafka, node

pytestmark = pytest.mark.broker


def test_a_killed_node_comes_back_on_its_port_with_its_records(tmp_path: Path) -> None:
    with LocalKafka(tmp_path, settings=QUICK) as kafka:
        bootstrap, first = kafka.bootstrap, kafka.pid
        admin = KafkaAdminClient(bootstrap_servers=bootstrap)
        admin.create_topics([NewTopic(name="t", num_partitions=1, replication_factor=1)])
        admin.close()
        producer = KafkaProducer(bootstrap_servers=bootstrap)
        producer.send("t", b"kept").get(timeout=30)
        producer.close()
        kafka.kill()
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
        kafka.restart()
        assert kafka.bootstrap == bootstrap
        assert kafka.pid != first
        consumer = KafkaConsumer("t", bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=30_000)
        assert next(consumer).value == b"kept"
        consumer.close()
        last = kafka.pid
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)


def test_a_taken_port_is_refused_with_its_number(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(KafkaUnavailable, match=f"port {port} is taken"), LocalKafka(tmp_path, port=port):
            pass


def test_a_port_that_is_taken_between_its_choice_and_the_start_is_chosen_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        chosen = [node.free_port(), taken, node.free_port(), node.free_port()]
        monkeypatch.setattr(node, "free_port", lambda: chosen.pop(0))
        with LocalKafka(tmp_path, settings=QUICK) as kafka:
            producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)
            producer.close()
    assert not chosen
