import time
from collections.abc import Callable

import pytest
from confluent_kafka import Producer as PlainProducer
from support.command_line import Command, command, typed
from talaia.contracts.catalogue import INPUTS
from talaia.stream import topics
from talaia.stream.settings import BusSettings

__all__ = ["command", "typed"]

pytestmark = pytest.mark.broker

Talaia = Callable[..., str]
_BYTES = b'{"broken": \x1b[31m "\xff'


def _reject(bus: BusSettings, source: str, reason: str, topic: str = "waste.measurements.v1") -> None:
    facts = {"reason": reason, "detail": "Expected `str`", "source": source, "origin-topic": topic}
    facts |= {"origin-partition": "3", "origin-offset": "17", "reader": "waste-worker", "reader-version": "1"}
    producer = PlainProducer({"bootstrap.servers": bus.kafka_bootstrap, "compression.type": "lz4"})
    name = bus.topic(f"{topic}.rejected")
    headers = [("reason", b"what the sender wants us to believe"), *((key, word.encode()) for key, word in facts.items())]
    producer.produce(name, _BYTES, b"upper\n", partition=3, headers=headers)
    assert producer.flush(30) == 0


@pytest.fixture
def bus(broker: str, prefix: str) -> BusSettings:
    bus = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(bus, [topic.rejected for topic in INPUTS])
    return bus


@pytest.fixture
def talaia(command: Command) -> Talaia:
    return lambda *arguments: command(*arguments).text


def test_without_rejects_the_list_says_so(talaia: Talaia) -> None:
    assert talaia("rejects", "list") == "no rejects\n"


def test_rejects_are_counted_by_topic_reason_and_source(bus: BusSettings, talaia: Talaia) -> None:
    for source, reason in [("gate", "schema"), ("gate", "schema"), ("gate", "unreadable"), ("pump", "schema")]:
        _reject(bus, source, reason)
    lines = [line.split() for line in talaia("rejects", "list").splitlines()]
    assert ["waste.measurements.v1", "schema", "gate", "2", "waste.measurements.v1.rejected/3/1"] in lines
    assert ["waste.measurements.v1", "unreadable", "gate", "1", "waste.measurements.v1.rejected/3/2"] in lines
    assert ["waste.measurements.v1", "schema", "pump", "1", "waste.measurements.v1.rejected/3/3"] in lines


def test_the_position_in_the_list_shows_one_reject_with_origin_reason_and_bytes(bus: BusSettings, talaia: Talaia) -> None:
    _reject(bus, "gate", "schema")
    shown = talaia("rejects", "show", "waste.measurements.v1.rejected/3/0")
    facts = dict(line.split(":", 1) for line in shown.splitlines())
    assert facts["reason"].strip() == "schema"
    assert facts["origin-topic"].strip() == "waste.measurements.v1"
    assert (facts["origin-partition"].strip(), facts["origin-offset"].strip()) == ("3", "17")
    assert facts["key"].strip() == r"upper\n"
    assert facts["value"].strip() == r'{"broken": \x1b[31m "\xff'


def test_what_may_hold_a_person_is_withheld_until_it_is_asked_for(bus: BusSettings, talaia: Talaia) -> None:
    _reject(bus, "desk", "schema", "alerts.acts.v1")
    unasked = talaia("rejects", "show", "alerts.acts.v1.rejected/3/0")
    assert "key, value:       withheld" in unasked
    assert "broken" not in unasked
    assert "upper" not in unasked
    asked = talaia("rejects", "show", "alerts.acts.v1.rejected/3/0", "--value")
    assert "broken" in asked
    assert "upper" in asked


def test_a_stranger_cannot_move_the_terminal(bus: BusSettings, talaia: Talaia) -> None:
    _reject(bus, "\x1b[2Jgate", "schema")
    assert "\x1b" not in talaia("rejects", "list")
    assert "\x1b" not in talaia("rejects", "show", "waste.measurements.v1.rejected/3/0")


def test_the_words_of_a_stranger_are_shown_as_they_are_and_never_taken_for_markup(bus: BusSettings, talaia: Talaia) -> None:
    strange = ["[conceal]gate", "[red]gate[/red]", ":smile:", "gate\\[/x]", "[/x]"]
    for words in strange:
        _reject(bus, words, words)
    lines = [line.split()[1:4] for line in talaia("rejects", "list").splitlines()]
    assert [words for words in strange if [words, words, "1"] not in lines] == []
    assert "[/x]" in talaia("rejects", "show", "waste.measurements.v1.rejected/3/4")


def test_a_broker_without_the_topics_is_told_at_once(talaia: Talaia, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALAIA_TOPIC_PREFIX", "empty.")
    started = time.monotonic()
    for verb in (("list",), ("show", "waste.measurements.v1.rejected/3/0"), ("redrive", "--yes")):
        assert "run `talaia topics apply`" in talaia("rejects", *verb)
    assert time.monotonic() - started < 15


def test_a_position_without_a_reject_is_told(talaia: Talaia) -> None:
    assert "there is no reject at waste.measurements.v1.rejected/3/9" in talaia(
        "rejects", "show", "waste.measurements.v1.rejected/3/9"
    )
