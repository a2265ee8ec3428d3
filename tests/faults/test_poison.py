"""Poison on the input: it is put aside with its reason, its source is told, and nothing else is touched by it."""

import random
from collections import Counter
from datetime import timedelta

import msgspec
import pytest
from support import campaign
from support.counting import CLICKS, PARTITIONS, click
from support.counting_city import City, Feed, city
from support.poison import broken, poison
from support.recount import judge, plain_records
from talaia.contracts.alerts import Signalled
from talaia.contracts.catalogue import SIGNALS
from talaia.contracts.vocabulary import SignalState
from talaia.stream.clock import wall_now
from talaia.stream.partitioning import partition_of

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

REASONS = {"schema", "unreadable", "no_value", "no_key", "wrong_partition", "recorded_in_the_future", "negative", "failed"}


def put_poison(feed: Feed, number: int) -> None:
    key, value = poison(number)
    feed.put(key, value, partition_of(key, PARTITIONS))


def rejects(town: City) -> list[dict[str, bytes]]:
    topic = town.prefix + CLICKS.rejected.name
    return [record.headers for partition in range(PARTITIONS) for record in plain_records(town.bootstrap, topic, partition)]


def source_alarms(town: City) -> list[tuple[str, SignalState]]:
    """What was said of sources to any area, each word once, in its order."""
    said = [
        msgspec.json.decode(record.value or b"", type=Signalled)
        for partition in range(SIGNALS.partitions)
        for record in plain_records(town.bootstrap, town.prefix + SIGNALS.name, partition)
    ]
    first = {event.id: event for event in said}
    return [(event.data.subject, event.data.state) for event in sorted(first.values(), key=lambda event: event.sequence)]


def judged(town: City, fault: str, events: int, seen: str) -> None:
    """The recount skips by position what the worker rejected: reasons like `wrong_partition` are not its to know."""
    for worker in town.workers:
        assert worker.alive
        assert worker.end()[0] == 0
    verdict = judge(town.bootstrap, town.prefix, skip_rejected=True)
    lost = verdict.missing_outcomes + verdict.missing_events
    wrong = verdict.wrong_parts + verdict.strange_outcomes + verdict.wrong_newest
    campaign.record(fault, rounds=1, events=events, lost=lost, wrong=wrong, seen=seen)
    assert (lost, wrong) == (0, 0), verdict


def test_among_ten_thousand_messages_two_hundred_bad_ones_are_rejected_with_reason_and_all_others_counted(city: City) -> None:
    feed = city.feed(0)
    bad = set(random.sample(range(10_000), 200))
    twice = {number for number in range(10_000) if number % 50 == 7} - bad
    city.worker()
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
    assert {headers["reason"].decode() for headers in found} >= REASONS
    for headers in found:
        assert headers["origin-topic"] == CLICKS.name.encode()
        assert (headers["reader"], headers["reader-version"]) == (b"count-worker", b"1")
        assert headers["detail"]
    topic = city.prefix + CLICKS.name
    sent = [record.value for number in range(PARTITIONS) for record in plain_records(city.bootstrap, topic, number)]
    assert sum(b"clicks.tick" not in (value or b"") for value in sent) == 10_002 + len(twice)
    assert source_alarms(city) == []
    judged(city, "200 bad messages among 10,000", 10_000, f"{len(found)} rejects with reason, no source above its limit")


def test_five_thousand_bad_messages_in_a_row_raise_the_alarm_of_their_source_until_it_is_clean(city: City) -> None:
    """And a hundred and fifty at the start, before the first good one, stop nothing."""
    feed, place = city.feed(0), partition_of(b"k1", PARTITIONS)

    def put(number: int, data: dict[str, object]) -> None:
        event = msgspec.json.encode(click("k1", number, wall_now()).event)
        feed.put(b"k1", broken(event, source="broken gauge", data=data), place)

    for _ in range(150):
        feed.put(b"k1", b"{}", place)
    city.worker()
    for number in range(5_000):
        put(number, {"number": "many"})
        if number % 5 == 0:
            feed.send(click(f"k{number % 40}", number + 10_000, wall_now()))
    for number in range(100):
        put(20_000 + number, {"number": 20_000 + number})
    feed.stop()
    city.wait_until_settled()
    sources = Counter(headers["source"] for headers in rejects(city))
    assert sources == {b"": 150, b"broken gauge": 5_000}
    assert source_alarms(city) == [
        ("unknown source", SignalState.BEGAN),
        ("broken gauge", SignalState.BEGAN),
        ("broken gauge", SignalState.ENDED),
    ]
    judged(city, "5,000 bad messages in a row from one source", 6_250, "its alarm began, and ended when it was clean")


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
    campaign.record(
        "all of the first 200 messages bad",
        rounds=1,
        events=400,
        lost=0,
        wrong=0,
        seen="ends with one sentence, nothing committed",
    )
