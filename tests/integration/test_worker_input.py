"""What may come in: poison, duplicates, disorder, hostile bytes; what a worker does when all of it is bad."""

import random
from datetime import timedelta

import msgspec
import pytest
from support.counting import CLICKS, PARTITIONS, click
from support.counting_city import City, Feed, city
from support.processes import wait_for
from support.recount import judge, plain_records
from talaia.stream.clock import wall_now
from talaia.stream.partitioning import partition_of

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

HOSTILE = [
    None,
    b"",
    b"\x00",
    b"\xff\xfe\xfd",
    b"{",
    b"[]",
    b"null",
    b"NaN",
    b'"text"',
    b"{}",
    b"[" * 200_000,
    b'{"a":' * 50_000,
    b'{"type":"city.talaia.test.clicks.clicked.v1"}',
    b'{"type":"city.talaia.test.clicks.unknown.v1","id":"1","source":"s"}',
    b'{"type":"city.talaia.test.clicks.clicked.v1","id":"\\u0000","source":"s"}',
    b'{"type":7}',
    b"9" * 5_000,
    b'{"id":"' + b"x" * 900_000 + b'"}',
]


def broken(value: bytes, **changes: object) -> bytes:
    """A good event with some fields changed."""
    return msgspec.json.encode(msgspec.json.decode(value) | changes)


def poison(number: int) -> tuple[bytes, bytes | None]:
    """A bad record: key and value."""
    key = f"k{number % 50}"
    good = msgspec.json.encode(click(key, number, wall_now()).event)
    later = (wall_now() + timedelta(hours=2)).isoformat()
    choices = [
        *HOSTILE,
        good[: len(good) // 2],
        broken(good, specversion="0.3"),
        broken(good, id=""),
        broken(good, recordedtime="yesterday"),
        broken(good, recordedtime="2026-03-01T00:00:00"),
        broken(good, recordedtime=later),
        broken(good, recordedtime="9999-12-31T23:59:59-12:00"),
        broken(good, data={"number": "many"}),
        broken(good, data={"number": -1}),
        broken(good, data={"number": 666}),
        broken(good, data={"number": 1e400}) if number < 0 else broken(good, data=[]),
    ]
    return key.encode(), choices[number % len(choices)]


def put_poison(feed: Feed, number: int) -> None:
    key, value = poison(number)
    feed.put(key, value, partition_of(key, PARTITIONS))


def rejects(town: City) -> list[dict[str, bytes]]:
    topic = town.prefix + CLICKS.rejected.name
    return [record.headers for partition in range(PARTITIONS) for record in plain_records(town.bootstrap, topic, partition)]


def test_among_ten_thousand_messages_two_hundred_bad_ones_are_rejected_with_reason_and_all_others_counted(city: City) -> None:
    feed = city.feed(0)
    bad = set(random.sample(range(10_000), 200))
    twice = {number for number in range(10_000) if number % 50 == 7} - bad
    worker = city.worker()
    for number in range(10_000):
        if number in bad:
            put_poison(feed, number)
        else:
            late = timedelta(seconds=random.choice([0, 0, 0, 1, 4, 600]))
            feed.send(click(f"k{number % 50}", number + 1000, wall_now() - late))
            if number in twice:
                feed.send(click(f"k{number % 50}", number + 1000, wall_now()))
    feed.put(b"k1", b"{}", (partition_of(b"k1", PARTITIONS) + 1) % PARTITIONS)
    feed.put(None, b"{}", 0)
    feed.stop()
    city.wait_until_settled()
    found = rejects(city)
    assert len(found) == 202
    assert {"schema", "unreadable", "no_value", "no_key", "wrong_partition", "recorded_in_the_future", "negative", "failed"} <= {
        headers["reason"].decode() for headers in found
    }
    for headers in found:
        assert headers["origin-topic"] == CLICKS.name.encode()
        assert (headers["reader"], headers["reader-version"]) == (b"count-worker", b"1")
        assert headers["detail"]
    assert worker.alive
    assert worker.end()[0] == 0
    assert sum(len(plain_records(city.bootstrap, city.prefix + CLICKS.name, n)) for n in range(PARTITIONS)) == 10_002 + len(twice)
    verdict = judge_without_rejects(city)
    assert verdict == (0, 0, 0)


def judge_without_rejects(town: City) -> tuple[int, int, int]:
    """The recount skips by position what the worker rejected: reasons like `wrong_partition` are not its to know."""
    verdict = judge(town.bootstrap, town.prefix, skip_rejected=True)
    return verdict.wrong_parts, verdict.missing_outcomes, verdict.missing_events


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=lambda number: f"hostile{number}")
def test_nothing_in_the_hostile_corpus_stops_a_fold(number: int) -> None:
    from support.counting import Counting
    from support.records import KEYS, PARTITION, StandingRecord, clicked
    from talaia.contracts.vocabulary import Clock
    from talaia.stream.folding.fold import PartitionFold

    fold = PartitionFold(Counting(), PARTITION, Clock.WALL)
    cut = fold.apply(CLICKS.name, [StandingRecord(0, 0, KEYS[0].encode(), HOSTILE[number]), clicked(1)])
    assert (len(cut.rejects), len(cut.changed)) == (1, 1)


def test_a_worker_stops_with_one_sentence_when_all_of_its_first_two_hundred_records_are_bad(city: City) -> None:
    feed = city.feed(0)
    for _ in range(400):
        feed.put(b"k1", b"{}", partition_of(b"k1", PARTITIONS))
    feed.stop()
    worker = city.worker()
    assert worker.exit_code() == 72
    assert "rejects every one of its first" in worker.said()
    assert "Traceback" not in worker.said()
    assert city.lag() == 400, "nothing may be committed over"


def test_a_few_bad_records_at_the_start_stop_nothing(city: City) -> None:
    feed = city.feed(0)
    for _ in range(150):
        feed.put(b"k1", b"{}", partition_of(b"k1", PARTITIONS))
    feed.send(click("k1", 1000, wall_now()))
    for _ in range(150):
        feed.put(b"k1", b"{}", partition_of(b"k1", PARTITIONS))
    feed.stop()
    worker = city.worker()
    wait_for(lambda: len(rejects(city)) == 300, "300 rejects")
    assert worker.alive
