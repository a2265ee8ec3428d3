"""The broker refuses what a worker writes or reads: it stops and says what, commits nothing over it, and goes on when cured."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from support.counting import CLICKS, COUNTS, STATE, click
from support.counting_city import City, Worker, city_at
from support.endings import ended_well
from support.judgement import end_in_peace, judged
from support.processes import wait_for
from support.secured import SecuredKafka, User, secured, worker_rights
from talaia.contracts.catalogue import Topic
from talaia.stream.clock import wall_now
from talaia.stream.processor import Message
from talaia.stream.rights import Kind, Operation, Right

__all__ = ["secured"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

PER_SECOND = 1_000
DEADLINE_S = 30


class Town(NamedTuple):
    """A city and the user as whom its workers come."""

    city: City
    user: User


@pytest.fixture
def town(secured: SecuredKafka, prefix: str, tmp_path: Path) -> Iterator[Town]:
    with city_at(secured.plain, prefix, tmp_path) as city:
        yield Town(city, secured.user(worker_rights(), prefix))


class Fault(NamedTuple):
    """broken, cured: what is done to the bus; told: what the worker's last words must say, the prefix left out."""

    broken: Callable[[Town], None]
    cured: Callable[[Town], None]
    told: str


def right_taken(topic: Topic, operation: Operation) -> Fault:
    right = Right(Kind.TOPIC, topic.name, operation)
    return Fault(lambda town: town.user.revoke(right), lambda town: town.user.grant(right), topic.name)


def too_small(topic: Topic) -> Fault:
    return Fault(
        lambda town: alter(town.city, topic, "200"),
        lambda town: alter(town.city, topic, str(topic.max_message_bytes)),
        topic.name,
    )


def alter(city: City, topic: Topic, limit_bytes: str) -> None:
    """Set what a record batch may hold; it counts when this returns."""
    admin = AdminClient({"bootstrap.servers": city.bootstrap})
    entry = ConfigEntry("max.message.bytes", limit_bytes, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, city.prefix + topic.name, incremental_configs=[entry])
    admin.incremental_alter_configs([resource])[resource].result(20)

    def told() -> bool:
        return bool(admin.describe_configs([resource])[resource].result(20)["max.message.bytes"].value == limit_bytes)

    wait_for(told, "the limit to count")


def delete(city: City, topic: Topic) -> None:
    admin, name = AdminClient({"bootstrap.servers": city.bootstrap}), city.prefix + topic.name
    admin.delete_topics([name], operation_timeout=20)[name].result(20)
    wait_for(lambda: name not in admin.list_topics(timeout=10).topics, "the topic to be gone")


def replay(city: City) -> None:
    """What stood on a deleted topic is said again when the state is built again from the input."""
    delete(city, STATE)
    city.apply_topics()


def bad_one_in_ten(key: str, number: int) -> Message:
    return click(key, number if number % 10 else -number, wall_now())


FAULTS = {
    "an output may not be written": right_taken(COUNTS, Operation.WRITE),
    "the changelog may not be written": right_taken(STATE, Operation.WRITE),
    "rejects may not be written": right_taken(CLICKS.rejected, Operation.WRITE),
    "the input may not be read": right_taken(CLICKS, Operation.READ),
    "outputs are too large": too_small(COUNTS),
    "state is too large": too_small(STATE),
    "an output topic is deleted": Fault(lambda town: delete(town.city, COUNTS), lambda town: replay(town.city), COUNTS.name),
}
SHORT = ("an output may not be written", "the input may not be read")


def works(worker: Worker) -> None:
    assert worker.alive, last_words(worker)


def last_words(worker: Worker) -> str:
    return worker.said().splitlines()[-1]


def refused(town: Town, name: str, rounds: int) -> None:
    city, fault = town.city, FAULTS[name]
    feed = city.feed(PER_SECOND, make=bad_one_in_ten)
    slowest_s = 0.0
    for _ in range(rounds):
        worker = city.worker(**town.user.environment())
        wait_for(worker.ready, "the worker")
        city.wait_for_load(500, 1_000, look=lambda: works(worker))  # noqa: B023
        fault.broken(town)
        broken_at = time.monotonic()
        code = worker.exit_code(DEADLINE_S)
        slowest_s = max(slowest_s, time.monotonic() - broken_at)
        ended_well(worker.said(), code)
        assert city.prefix + fault.told in last_words(worker)
        fault.cured(town)
    city.worker(**town.user.environment())
    feed.stop()
    end_in_peace(city)
    judged(city, name, rounds, f"ended after {slowest_s:.1f} s at most")


@pytest.mark.parametrize("name", SHORT)
def test_a_worker_that_is_refused_stops_with_the_reason_and_loses_nothing(name: str, town: Town) -> None:
    refused(town, name, rounds=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_three_refusals_in_a_row_lose_nothing(name: str, town: Town) -> None:
    refused(town, name, rounds=3)
