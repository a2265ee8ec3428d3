import urllib.request
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from support.counting import CLICKS, PARTITIONS, click
from support.counting_city import city_at
from support.processes import wait_for
from support.recount import judge
from talaia.cli.kafka.node import free_port
from talaia.contracts.vocabulary import Clock
from talaia.stream.clock import wall_now
from talaia.stream.partitioning import partition_of

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]


def test_the_markers_of_a_transactional_sender_hold_up_nothing(broker: str, prefix: str, tmp_path: Path) -> None:
    """Each transaction ends with a record that no reader sees: a partition that is read to its end is not stuck before it."""
    with city_at(broker, prefix, tmp_path, Clock.REPLAY) as town:
        port = free_port()
        worker = town.worker(TALAIA_METRICS_PORT=str(port))
        wait_for(worker.ready, "the worker")
        producer = Producer({"bootstrap.servers": broker, "transactional.id": prefix + "sender"})
        producer.init_transactions(30)
        for number in range(3):
            producer.begin_transaction()
            event = click("k1", number + 1000, wall_now()).event
            producer.produce(prefix + CLICKS.name, msgspec.json.encode(event), b"k1", partition_of(b"k1", PARTITIONS))
            producer.commit_transaction(30)
        wait_for(lambda: gauge(port, "consumed_total") >= 3, "all to be counted")
        wait_for(lambda: gauge(port, "lag_events") == 0, "the partition to be read to its end", 20)
        assert worker.end()[0] == 0
        verdict = judge(broker, prefix)
    assert (verdict.events, verdict.wrong_parts, verdict.missing_events) == (3, 0, 0)


def gauge(port: int, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        found = [line for line in answer.read().decode().splitlines() if line.startswith(f"talaia_{name}")]
    return sum(float(line.split()[-1]) for line in found)
