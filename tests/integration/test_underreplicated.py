"""Of three brokers one is away: a worker shows that copies are missing, until it is back and has caught up."""

from pathlib import Path

import httpx
import pytest
from support.cluster import NODES, Cluster
from support.counting import CLICKS
from support.counting_city import city_at
from support.processes import wait_for
from talaia.cli.kafka.node import free_port

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.timeout(600)]
PATIENCE_S = 180


def test_copies_that_a_lost_broker_held_are_counted_until_it_has_caught_up(tmp_path: Path, prefix: str) -> None:
    port = free_port()

    def lacking() -> float:
        lines = httpx.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("talaia_underreplicated_partitions "))

    with Cluster(tmp_path / "cluster") as cluster, city_at(cluster.bootstrap, prefix, tmp_path) as town:
        worker = town.worker(TALAIA_METRICS_PORT=str(port))
        wait_for(worker.ready, "the worker to be ready", PATIENCE_S, worker.said)
        assert lacking() == 0
        coordinator = cluster.coordinator_of(town.prefix + town.processor.name)
        lost = next(node for node in NODES if node not in (coordinator, cluster.leader_of(town.prefix + CLICKS.name, 0)))
        cluster.kill(lost)
        wait_for(lambda: lacking() > 0, "copies to be missed", PATIENCE_S, worker.said)
        cluster.restart(lost)
        wait_for(lambda: lacking() == 0, "all copies to be back", PATIENCE_S, worker.said)
