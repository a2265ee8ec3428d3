"""The broker of a test run: one for all tests, real Kafka, found or started.

`TALAIA_KAFKA_BOOTSTRAP` names one that runs; else a container, if a container engine answers; else Kafka from jars.
`REQUIRE_BROKER=1`: no broker is a failure, not a reason to skip.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from talaia.cli.kafka import KafkaUnavailable, LocalKafka
from talaia.cli.kafka.lock import kafka_version
from talaia.cli.kafka.node import free_port, node_settings

QUICK = {
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.num.partitions": "2",
    # a killed broker is taken back soon, what is superseded is compacted soon
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "3000",
    "log.cleaner.backoff.ms": "500",
    "log.cleaner.min.cleanable.ratio": "0.01",
    "log.cleaner.threads": "1",
    "log.retention.check.interval.ms": "10000",
}
"""Settings with which a test does not wait for Kafka's patience."""


@contextlib.contextmanager
def _container() -> Iterator[str]:
    """The same node in a container."""
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    port, controller = free_port(), 9093
    container = DockerContainer(f"apache/kafka:{kafka_version()}").with_bind_ports(port, port)
    for name, value in (node_settings(port, controller, host="0.0.0.0") | QUICK).items():
        container = container.with_env("KAFKA_" + name.upper().replace(".", "_"), value)
    with container.waiting_for(LogMessageWaitStrategy("Kafka Server started")):
        yield f"127.0.0.1:{port}"


def _engine_answers() -> bool:
    import docker

    try:
        client = docker.from_env(timeout=3)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except Exception:
        return False


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of the broker."""
    named = os.environ.get("TALAIA_KAFKA_BOOTSTRAP")
    if named:
        yield named
    elif _engine_answers():
        with _container() as bootstrap:
            yield bootstrap
    else:
        folder: Path = tmp_path_factory.mktemp("kafka")
        with contextlib.ExitStack() as stack:
            try:
                kafka = stack.enter_context(LocalKafka(folder, settings=QUICK))
            except KafkaUnavailable as why:
                if os.environ.get("REQUIRE_BROKER") == "1":
                    pytest.fail(f"no broker: {why}")
                pytest.skip(f"no broker: {why}")
            yield kafka.bootstrap


@pytest.fixture
def prefix() -> str:
    """A topic prefix that no other test has."""
    return f"t{uuid.uuid4().hex[:8]}."
