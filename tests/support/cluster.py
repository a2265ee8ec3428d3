"""Three brokers on this machine, each with a copy of everything; any of them can be killed and started again."""

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from support.broker import QUICK
from support.processes import wait_for
from talaia.cli.kafka import LocalKafka
from talaia.cli.kafka.jars import cached_jars
from talaia.cli.kafka.node import HOST, free_port, new_cluster_id, node_settings

NODES = (1, 2, 3)
_COPIES = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "unclean.leader.election.enable": "false",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
}
_ASK_TIMEOUT_S = 20


class Cluster:
    """Brokers 1, 2 and 3, each of them a controller too. An acknowledged write is on two of them at least."""

    def __init__(self, folder: Path) -> None:
        controllers = {node: free_port() for node in NODES}
        voters = ",".join(f"{node}@{HOST}:{port}" for node, port in controllers.items())
        cluster_id = new_cluster_id()
        self._nodes: dict[int, LocalKafka] = {}
        for node, controller in controllers.items():
            port = free_port()
            own = {"node.id": str(node), "controller.quorum.voters": voters}
            settings = node_settings(port, controller) | _COPIES | QUICK | own
            self._nodes[node] = LocalKafka(folder / f"node-{node}", port, settings, cluster_id)

    def __enter__(self) -> Self:
        cached_jars()  # once, not by three at a time
        try:
            self._together(LocalKafka.restart, NODES)
        except BaseException:
            self._together(LocalKafka.kill, NODES)
            raise
        self._client = {"bootstrap.servers": self.bootstrap, "log_level": 0}
        self._admin = AdminClient(self._client)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._together(LocalKafka.kill, NODES)

    @property
    def bootstrap(self) -> str:
        """host:port of all three, as clients are told them."""
        return ",".join(node.bootstrap for node in self._nodes.values())

    def kill(self, *nodes: int) -> None:
        """SIGKILL for some, at one moment."""
        self._together(LocalKafka.kill, nodes)

    def restart(self, *nodes: int) -> None:
        """Start some again, on the data that they have; they serve when this returns."""
        self._together(LocalKafka.restart, nodes)

    def leader_of(self, topic: str, partition: int) -> int:
        """Which broker leads a partition; -1: none does."""
        return int(self._admin.list_topics(topic, _ASK_TIMEOUT_S).topics[topic].partitions[partition].leader)

    def coordinator_of(self, group: str) -> int:
        """Which broker looks after a group's members."""
        found: list[int] = []

        def ask() -> bool:
            admin = AdminClient(self._client)  # one that has asked before believes for long what it was told
            with contextlib.suppress(KafkaException):
                described = admin.describe_consumer_groups([group], request_timeout=_ASK_TIMEOUT_S)
                found.append(described[group].result().coordinator.id)
            return bool(found)

        wait_for(ask, f"a coordinator of {group}")
        return found[0]

    def whole(self) -> bool:
        """Whether every partition has all its copies in sync; no answer is no."""
        try:
            topics = self._admin.list_topics(timeout=_ASK_TIMEOUT_S).topics.values()
        except KafkaException:
            return False
        return all(len(each.isrs) == len(each.replicas) for topic in topics for each in topic.partitions.values())

    def _together(self, act: Callable[[LocalKafka], None], nodes: tuple[int, ...]) -> None:
        with ThreadPoolExecutor(len(NODES)) as pool:
            for done in [pool.submit(act, self._nodes[node]) for node in nodes]:
                done.result()
