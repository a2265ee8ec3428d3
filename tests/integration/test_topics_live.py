"""`talaia topics check --live` on a real broker: good traffic passes, each kind of violation is found where it stands."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

import pytest
from confluent_kafka import Message, Producer
from kafka.admin import KafkaAdminClient
from support.command_line import Command, command, typed
from support.secured import SecuredKafka, secured
from support.traffic import SECRET, Sent, all_good, planted, with_unknown_fields
from talaia.cli.traffic.live import check_live
from talaia.contracts.catalogue import TOPICS
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.rights import reading
from talaia.stream.settings import BusSettings

__all__ = ["command", "secured", "typed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]


@pytest.fixture
def bus(broker: str, prefix: str) -> BusSettings:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(settings, TOPICS)
    return settings


@pytest.fixture
def talaia(command: Command) -> Command:
    return partial(command, "topics", "check")


def put(bus: BusSettings, sent: Iterable[Sent]) -> list[str]:
    """Where each came to stand, as the report writes it."""
    large = {"message.max.bytes": "8000000", "compression.type": "gzip"}
    producer = Producer({"bootstrap.servers": bus.kafka_bootstrap, **large})
    places: dict[int, str] = {}

    def arrived(number: int, topic: str) -> Callable[[object, Message], None]:
        def note(error: object, message: Message) -> None:
            assert error is None
            places[number] = f"{topic}/{message.partition()}/{message.offset()}"

        return note

    for number, each in enumerate(sent):
        producer.produce(
            bus.topic(each.topic.name),
            each.value,
            each.key,
            each.partition,
            on_delivery=arrived(number, each.topic.name),
            headers=list(each.headers),
        )
    assert producer.flush(30) == 0
    return [places[number] for number in sorted(places)]


def groups(admin: KafkaAdminClient) -> set[str]:
    return {group["group_id"] for group in admin.list_groups()}


def test_on_topics_without_a_record_one_sentence_says_so(talaia: Command) -> None:
    done = talaia("--live")
    assert done == (0, "nothing travels on the topics: there is no record to compare with the contracts\n", "")


def test_good_traffic_passes_and_nobody_joins_a_group_for_it(bus: BusSettings, talaia: Command) -> None:
    put(bus, all_good(wall_now()))
    with KafkaAdminClient(bootstrap_servers=bus.kafka_bootstrap) as admin:
        before = groups(admin)
        done = talaia("--live")
        assert groups(admin) <= before
    assert done.code == 0, done.out
    assert done.out.splitlines()[-1] == f"{len(all_good(wall_now()))} records, all as their contracts say"
    assert "alerts.alarms.v1: 2 records" in done.out


def test_each_kind_of_violation_is_counted_and_its_place_is_told(bus: BusSettings, talaia: Command) -> None:
    now = wall_now()
    wrong = planted(now)
    put(bus, all_good(now))
    places = put(bus, [each.sent for each in wrong])
    done = talaia("--live", "--last", "100")
    assert done.code == 1
    by_topic = {part.split(":")[0]: part for part in re.split(r"\n(?=\S)", done.out)}
    counts = Counter((each.sent.topic.name, each.reason) for each in wrong)
    for (topic, reason), count in counts.items():
        assert f"\n  {count} x {reason}\n" in by_topic[topic]
    for place in places:
        assert f"  {place}: " in done.out
    assert SECRET not in done.out
    total = len(wrong) + len(all_good(now))
    assert done.out.splitlines()[-1] == f"{len(wrong)} of {total} records break their contract"


def test_fields_that_the_contract_does_not_name_are_told_and_allowed(bus: BusSettings, talaia: Command) -> None:
    places = put(bus, with_unknown_fields(wall_now()))
    done = talaia("--live")
    assert done.code == 0
    assert f"{places[0]}: data.colour, data.{SECRET}" in done.out
    assert f"{places[1]}: withheld" in done.out


def test_of_what_is_there_so_many_of_a_partition_are_looked_at(bus: BusSettings, talaia: Command) -> None:
    (broken, *_), goods = planted(wall_now()), all_good(wall_now())
    (good, *_) = [each for each in goods if (each.topic, each.partition) == (broken.sent.topic, broken.sent.partition)]
    put(bus, [broken.sent, *[good] * 5])
    assert talaia("--live", "--last", "5").code == 0
    assert talaia("--live", "--last", "6").code == 1


def test_with_seconds_only_what_comes_is_looked_at(bus: BusSettings, talaia: Command) -> None:
    (broken, *_), good = planted(wall_now()), all_good(wall_now())[0]
    put(bus, [broken.sent])
    over = threading.Event()

    def keep_sending() -> None:
        while not over.wait(0.1):
            put(bus, [good])

    sender = threading.Thread(target=keep_sending)
    sender.start()
    try:
        done = talaia("--live", "--seconds", "2")
    finally:
        over.set()
        sender.join()
    assert done.code == 0, done.out
    assert done.out.splitlines()[-1].endswith("records, all as their contracts say")


def test_what_is_asked_wrongly_is_told(bus: BusSettings, talaia: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert talaia("--live", "--seconds", "1", "--last", "1")[::2] == (
        2,
        "talaia: give --seconds for what comes or --last for what is there, not both\n",
    )
    assert "give --live too" in talaia("--last", "1").err
    monkeypatch.setenv("TALAIA_TOPIC_PREFIX", "empty.")
    done = talaia("--live")
    assert done.code == 1
    assert "run `talaia topics apply`" in done.err


def test_on_a_bus_that_asks_who_comes_it_needs_to_read_and_nothing_more(
    secured: SecuredKafka, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = BusSettings(kafka_bootstrap=secured.plain, topic_prefix=prefix)
    topics.apply(everything, TOPICS)
    put(everything, all_good(wall_now()))
    user = secured.user(reading(TOPICS), prefix, ca_file="ca.pem")
    assert check_live(user.settings(secured.tls), None, None)
    assert "all as their contracts say" in capsys.readouterr().out
