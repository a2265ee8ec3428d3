"""The alerts API is killed while it sends webhooks: nothing is lost, and what comes twice has the same id."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.alert_events import MINUTE, now, register, signal
from support.asking import answers, ask
from support.processes import ServiceProcess, processes, wait_for
from support.receiver import Receiver
from support.views import send
from talaia.cli.kafka.node import free_port
from talaia.contracts.catalogue import every_topic
from talaia.contracts.vocabulary import SignalState
from talaia.stream import topics
from talaia.stream.settings import BusSettings

__all__ = ["processes"]
pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]
Start = Callable[[str, str, dict[str, str]], ServiceProcess]
ROUNDS = 3
SITES = 10


def test_a_killed_api_loses_no_delivery_and_repeats_one_only_under_its_id(
    broker: str, prefix: str, processes: Start, tmp_path: Path
) -> None:
    bus, chance = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix), random.Random(8)
    topics.apply(bus, every_topic())
    asyncio.run(send(bus, [register(now() - 60 * MINUTE, webhook_networks=["127.0.0.0/8"])]))
    address = f"http://127.0.0.1:{free_port()}"
    environment = {
        "TALAIA_KAFKA_BOOTSTRAP": broker,
        "TALAIA_TOPIC_PREFIX": prefix,
        "TALAIA_ALERTS_LISTEN": address.removeprefix("http://"),
        "TALAIA_ALERTS_DATABASE_URL": f"sqlite:///{tmp_path}/view.sqlite",
    }
    processes("alerts", "worker", environment)
    api = processes("alerts", "api", environment)
    wait_for(lambda: answers(f"{address}/readyz"), "the API to be ready", last=api.said)
    receiver = Receiver().start()
    wait_for(lambda: _subscribed(address, receiver), "the register to reach the view", last=api.said)
    for number in range(ROUNDS):
        state = SignalState.ENDED if number % 2 else SignalState.BEGAN
        at = now() - MINUTE + timedelta(milliseconds=number)
        asyncio.run(send(bus, [signal(f"T{site}", at, state) for site in range(SITES)]))
        some = chance.randrange(1, SITES)
        wait_for(lambda: len(receiver.taken) >= number * SITES + some, "some to be told", last=api.said)  # noqa: B023
        api.kill()
        api.start()
    wait_for(lambda: _versions(receiver) == _standing(address), "everything to be told", last=api.said)
    ids = defaultdict(set)
    for each in receiver.taken:
        ids[each.said["id"]].add(each.webhook_id)
    assert all(len(found) == 1 for found in ids.values())
    receiver.stop()


def _subscribed(address: str, receiver: Receiver) -> bool:
    answer = ask("POST", f"{address}/v1/subscriptions", json={"url": receiver.url})
    if answer.status_code == 201:
        receiver.secret = answer.json()["secret"]
    return answer.status_code == 201


def _versions(receiver: Receiver) -> dict[str, set[int]]:
    """Every version of every alarm that was told."""
    found: dict[str, set[int]] = defaultdict(set)
    for each in receiver.taken:
        found[each.said["data"]["alarm_id"]].add(each.said["data"]["version"])
    return dict(found)


def _standing(address: str) -> dict[str, set[int]]:
    """Every version that every alarm has had."""
    try:
        items: list[dict[str, Any]] = ask("GET", f"{address}/v1/alarms").json()["items"]
    except (httpx.HTTPError, ValueError, KeyError):
        return {}
    return {item["alarm_id"]: set(range(1, item["version"] + 1)) for item in items}
