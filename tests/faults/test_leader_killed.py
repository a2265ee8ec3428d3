"""Three brokers: leaders of partitions die under load, one after the other; then two of three at once."""

import json
import random
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
from support.cluster import NODES, Cluster
from support.counting import CLICKS, COUNTS, PARTITIONS, STATE, click
from support.counting_city import City, Feed, city_at
from support.endings import ended_well
from support.judgement import end_in_peace, judged, seed
from support.plain_kafka import read_all
from support.processes import wait_for
from talaia.stream.clock import wall_now
from talaia.stream.partitioning import partition_of

__all__ = ["seed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1_800)]

PER_SECOND = 2_000
INTERNAL = ("__consumer_offsets", "__transaction_state")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three brokers for all of these tests."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


class Crew:
    """Two workers, each started again when it has ended, as a supervisor would. ended: exit codes, in order."""

    def __init__(self, town: City) -> None:
        self.town = town
        self.workers = town.ready(2)
        self.ended: list[int] = []

    def look(self) -> None:
        """Start again whom it takes, having made sure that it said why it ended."""
        for place, worker in enumerate(self.workers):
            if not worker.alive:
                self.ended.append(ended_well(worker.said(), worker.exit_code()))
                self.workers[place] = self.town.worker()

    def watch(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()
            time.sleep(0.1)

    def settled(self) -> bool:
        """Whether all input is settled and committed; no answer is no."""
        self.look()
        try:
            return self.town.lag() == 0
        except Exception:
            return False


def end_and_judge(town: City, crew: Crew, feed: Feed, fault: str, rounds: int, seed: int) -> None:
    feed.stop()
    wait_for(crew.settled, "all input to be settled and committed", 180)
    end_in_peace(town)
    seen = f"{len(crew.ended)} workers ended with a sentence and were started again; seed {seed}"
    assert judged(town, fault, rounds, seen).events == feed.sent


def leaders_killed(cluster: Cluster, town: City, seed: int, rounds: int, every_s: float, away_s: float) -> None:
    crew, feed = Crew(town), town.feed(PER_SECOND)
    for number in range(rounds):
        wait_for(cluster.whole, "every partition to have all its copies", 300)
        started = time.monotonic()
        crew.watch(random.uniform(0, 1))
        if number % 3 == 0:
            victim = cluster.coordinator_of(town.prefix + town.processor.name)
        else:
            topic = random.choice([*(town.prefix + topic.name for topic in (CLICKS, COUNTS, STATE)), *INTERNAL])
            victim = cluster.leader_of(topic, 0)
        cluster.kill(victim)
        crew.watch(away_s)
        cluster.restart(victim)
        crew.watch(every_s - (time.monotonic() - started))
    end_and_judge(town, crew, feed, "three brokers, a leader SIGKILLed and brought back", rounds, seed)


def two_of_three_away(cluster: Cluster, town: City, seed: int, away_s: float) -> None:
    crew, feed = Crew(town), town.feed(PER_SECOND)
    wait_for(cluster.whole, "every partition to have all its copies", 300)
    crew.watch(1)
    away = random.sample(NODES, 2)
    cluster.kill(*away)
    crew.watch(away_s)
    cluster.restart(*away)
    end_and_judge(town, crew, feed, "two of three brokers SIGKILLed (`min.insync.replicas` 2)", 1, seed)


def test_the_leader_of_partitions_killed_under_load_costs_no_event_and_no_state(
    cluster: Cluster, prefix: str, tmp_path: Path, seed: int
) -> None:
    with city_at(cluster.bootstrap, prefix, tmp_path) as town:
        leaders_killed(cluster, town, seed=seed, rounds=1, every_s=0, away_s=0)


@pytest.mark.slow
def test_a_partition_whose_broker_is_away_does_not_hold_up_the_timers_of_the_others(
    cluster: Cluster, prefix: str, tmp_path: Path
) -> None:
    # one copy of the input's partitions, on one broker each
    place = [[NODES[number % len(NODES)]] for number in range(PARTITIONS)]
    clicks = NewTopic(prefix + CLICKS.name, num_partitions=PARTITIONS, replica_assignment=place)
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap})
    admin.create_topics([clicks])[clicks.topic].result()
    with city_at(cluster.bootstrap, prefix, tmp_path) as town:
        worker = town.worker()
        wait_for(worker.ready, "the worker")
        victim = next(node for node in NODES if node != cluster.coordinator_of(prefix + "count-worker"))
        keys = {partition_of(f"k{n}".encode(), PARTITIONS): f"k{n}" for n in range(100)}
        feed = town.feed(0)
        for key in keys.values():
            feed.send(click(key, 1, wall_now() + timedelta(seconds=3)))
        feed.stop()
        town.wait_until_settled()
        assert silences(town) == set(), "too late: the timers have fired"
        cluster.kill(victim)
        try:
            expected = {keys[number] for number in keys if place[number] != [victim]}
            wait_for(lambda: told(town, expected), "the timers of the others", 60)
        finally:
            cluster.restart(victim)
        wait_for(lambda: told(town, set(keys.values())), "the timers of all", 60)
        assert worker.end()[0] == 0


def silences(town: City) -> set[str]:
    """Keys of which was said that they are silent."""
    said = [json.loads(record.value)["data"] for record in read_all(town.bootstrap, town.prefix + COUNTS.name, PARTITIONS)]
    return {each["key"] for each in said if each["what"] == "silence"}


def told(town: City, keys: set[str]) -> bool:
    """Whether all these are told to be silent; no answer is no."""
    try:
        return keys <= silences(town)
    except KafkaException:
        return False


@pytest.mark.slow
def test_leaders_killed_every_thirty_seconds_for_ten_minutes_cost_no_event_and_no_state(
    cluster: Cluster, prefix: str, tmp_path: Path, seed: int
) -> None:
    with city_at(cluster.bootstrap, prefix, tmp_path) as town:
        leaders_killed(cluster, town, seed=seed, rounds=20, every_s=30, away_s=10)


@pytest.mark.slow
def test_with_two_of_three_brokers_away_workers_hold_or_end_with_a_sentence_and_lose_nothing(
    cluster: Cluster, prefix: str, tmp_path: Path, seed: int
) -> None:
    with city_at(cluster.bootstrap, prefix, tmp_path) as town:
        two_of_three_away(cluster, town, seed=seed, away_s=40)
