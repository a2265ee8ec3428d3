"""State that no worker wrote, inputs that lost what it wants next: the worker ends with one sentence; nothing is guessed."""

import re
import signal

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from support.counting import CLICKS, PARTITIONS, STATE, click
from support.counting_city import PER_SECOND, City, Worker, city
from support.processes import wait_for
from support.recount import last_values, plain_records
from talaia.contracts.catalogue import Changelog
from talaia.stream.changelogs import contradictions
from talaia.stream.clock import wall_now
from talaia.stream.folding.parts import record_key
from talaia.stream.partitioning import partition_of

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

KEYS = [next(f"k{n}" for n in range(99) if partition_of(f"k{n}".encode(), PARTITIONS) == number) for number in range(PARTITIONS)]
"""One of each partition."""


def send(town: City, *keys: str) -> None:
    feed = town.feed(0)
    for number in range(40):
        for key in keys:
            feed.send(click(key, number, wall_now()))
    feed.stop()


def write(town: City, number: int, key: bytes, value: bytes) -> None:
    """On the changelog, as another program would."""
    producer = Producer({"bootstrap.servers": town.bootstrap})
    producer.produce(town.prefix + STATE.name, value, key=key, partition=number)
    assert producer.flush(30) == 0


def drop(town: City, number: int) -> None:
    """Retention takes all that a partition of the input holds."""
    admin, name = AdminClient({"bootstrap.servers": town.bootstrap}), town.prefix + CLICKS.name
    admin.delete_records([TopicPartition(name, number, -1)])[TopicPartition(name, number)].result(20)


def checked(town: City) -> list[str]:
    """What `talaia topics check` says of the state."""
    return contradictions(town.settings, [Changelog(worker="count-worker", inputs=(CLICKS,))])


def sentence(worker: Worker) -> str:
    assert worker.exit_code() == 72, worker.said()[-2000:]
    assert "Traceback" not in worker.said()
    return worker.said()


def test_what_no_worker_wrote_and_what_is_gone_is_refused_with_the_sentence_that_the_check_gives(city: City) -> None:
    first = city.worker()
    send(city, *KEYS)
    city.wait_until_settled()
    first.end()
    assert checked(city) == []

    whole = last_values(city.bootstrap, city.prefix + STATE.name, 0)[record_key(KEYS[0], "tally")]
    write(city, 0, record_key(KEYS[0], "tally"), whole[:-4])
    second = city.worker()
    wait_for(second.ready, "the worker")
    send(city, KEYS[0])
    assert f"part {KEYS[0]}/tally, which cannot be decoded, which no worker wrote" in sentence(second)
    assert plain_records(city.bootstrap, city.prefix + CLICKS.rejected.name, 0) == [], "a good event is not to blame"

    send(city, KEYS[1])
    drop(city, 1)
    write(city, 2, b"another program", b"{}")
    assert "a record with key b'another program', which no worker wrote" in sentence(city.worker())
    gone, foreign = checked(city)
    assert gone.startswith("count-worker must not go on with partition 1: ")
    assert "retention dropped 40 events before they were counted; restore them, or delete the changelog" in gone
    assert foreign.startswith("count-worker must not go on with partition 2: its changelog holds a record with key")


@pytest.mark.slow
def test_what_retention_takes_from_under_a_running_worker_stops_it(city: City) -> None:
    worker = city.worker()
    send(city, *KEYS)
    city.wait_until_settled()
    worker.send(signal.SIGSTOP)
    send(city, KEYS[1])  # perhaps the answer that it waits for
    send(city, KEYS[1])
    drop(city, 1)
    send(city, KEYS[1])
    worker.send(signal.SIGCONT)
    assert re.search("retention dropped [48]0 events before they were counted", sentence(worker))


def test_a_worker_without_state_begins_where_retention_left_its_input(city: City) -> None:
    send(city, *KEYS)
    drop(city, 1)
    worker = city.worker()
    city.wait_until_settled()
    assert worker.alive
    assert checked(city) == []


def test_while_a_worker_works_the_check_contradicts_nothing(city: City) -> None:
    feed = city.feed(PER_SECOND)
    city.ready(1)
    city.wait_for_load()
    assert [checked(city) for _ in range(5)] == [[]] * 5
    feed.stop()
