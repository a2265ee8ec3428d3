"""Two inputs of one key while workers join and leave: partition N of both is always on one worker."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient
from support import campaign
from support.counting_city import City, Worker, all_ready, city_at
from support.judgement import end_in_peace, seed
from support.pairing import PRESSES, Pairing, judge_pairs, press
from support.processes import wait_for

__all__ = ["seed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1_800)]
PER_SECOND = 1_000
MOST_WORKERS = 3


@pytest.fixture
def pairs(broker: str, prefix: str, tmp_path: Path) -> Iterator[City]:
    with city_at(broker, prefix, tmp_path, processor=Pairing(), script="pairing_worker") as town:
        yield town


class Members:
    """What the broker says of a group."""

    def __init__(self, town: City) -> None:
        self._admin, self._group = AdminClient({"bootstrap.servers": town.bootstrap}), town.prefix + town.processor.name
        self._inputs = [town.prefix + topic.name for topic in town.processor.inputs]
        self.assignments = self.apart = 0

    def look(self, workers: int) -> None:
        """Count who has what, once so many workers share the partitions."""
        wait_for(lambda: self._settled(workers), f"{workers} workers to share the partitions")

    def _settled(self, workers: int) -> bool:
        group = self._admin.describe_consumer_groups([self._group])[self._group].result(20)
        if group.state is not ConsumerGroupState.STABLE or len(group.members) != workers:
            return False
        for member in group.members:
            clicks, presses = (
                {place.partition for place in member.assignment.topic_partitions if place.topic == topic}
                for topic in self._inputs
            )
            self.assignments += 1
            self.apart += clicks != presses
        return True


def joins_and_leaves(town: City, changes: int, seed: int) -> None:
    feeds = town.feed(PER_SECOND), town.feed(PER_SECOND, topic=PRESSES, make=press)
    workers, members = town.ready(2), Members(town)
    members.look(2)
    for _ in range(changes):
        town.wait_for_load(200, 2_000)
        leaves = ["end", "kill"] if len(workers) > 1 else []
        joins = ["join"] if len(workers) < MOST_WORKERS else []
        workers = changed(town, workers, random.choice(leaves + joins))
        members.look(len(workers))
    for feed in feeds:
        feed.stop()
    end_in_peace(town)
    verdict = judge_pairs(town.bootstrap, town.prefix)
    seen = f"{members.assignments} assignments, {members.apart} with partitions of one input alone; seed {seed}"
    wrong = verdict.wrong_parts + verdict.strange_outcomes
    campaign.record(
        "workers join, end and are killed, two inputs of one key",
        rounds=changes,
        events=verdict.events,
        lost=verdict.missing,
        wrong=wrong + members.apart,
        seen=seen,
    )
    assert (verdict.missing, wrong, members.apart) == (0, 0, 0), verdict
    assert verdict.events == sum(feed.sent for feed in feeds)


def changed(town: City, workers: list[Worker], change: str) -> list[Worker]:
    """Who works after a change."""
    if change == "join":
        return [*workers, *town.ready(1)]
    leaver, *others = random.sample(workers, len(workers))
    if change == "kill":
        leaver.kill()
    else:
        assert leaver.end()[0] == 0
    all_ready(others)
    return others


def test_two_inputs_of_one_key_stay_on_one_worker_while_workers_join_and_leave(pairs: City, seed: int) -> None:
    joins_and_leaves(pairs, 2, seed)


@pytest.mark.slow
def test_two_inputs_of_one_key_stay_on_one_worker_over_twenty_joins_and_leaves(pairs: City, seed: int) -> None:
    joins_and_leaves(pairs, 20, seed)
