"""One record as one line."""

import json
from typing import Any

import pytest
from aiokafka.structs import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st
from support.examples import EVENTS, NAMES, example
from talaia.cli.tail.line import line, whole
from talaia.contracts.catalogue import ACTS, ALARMS, JOURNAL, MEASUREMENTS, Topic
from talaia.contracts.envelope import Envelope
from talaia.contracts.vocabulary import Access

SECRET = "person-4711"


def record(value: bytes | None, key: bytes | None = b"upper", headers: Any = ()) -> ConsumerRecord[Any, Any]:
    return ConsumerRecord("t", 3, 17, 1_772_331_000_000, 0, key, value, None, 5, len(value or b""), headers)


@pytest.mark.parametrize(("topic", "event"), EVENTS, ids=NAMES)
def test_every_kind_of_event_is_a_line_with_time_key_and_type(topic: Topic, event: type[Envelope]) -> None:
    said = line(topic, record(example(event)))
    assert "\n" not in said
    assert json.loads(example(event))["time"][:19] in said
    assert "  upper  " in said


def test_the_main_fields_are_there() -> None:
    measured = next(example(event) for topic, event in EVENTS if topic is MEASUREMENTS)
    data = json.loads(measured)["data"]
    said = line(MEASUREMENTS, record(measured))
    assert all(f"{name}={data[name]}" in said for name in ("site", "sensor", "quantity", "value", "unit"))
    assert json.loads(whole(MEASUREMENTS, record(measured)))["event"] == json.loads(measured)


def _with_secrets(value: Any) -> Any:
    """Every text of a person or about one."""
    personal = ("who", "text", "reason", "acknowledged_by")
    if not isinstance(value, dict):
        return value
    return {name: SECRET if name in personal else [SECRET] if name == "notes" else each for name, each in value.items()}


@pytest.mark.parametrize("topic", [ACTS, JOURNAL, ALARMS], ids=lambda topic: topic.name)
@pytest.mark.parametrize("said", [line, whole])
def test_personal_data_is_withheld(topic: Topic, said: Any) -> None:
    for event in topic.events:
        filled = json.loads(example(event))
        filled["data"] = _with_secrets(filled["data"] | {"who": "", "acknowledged_by": "", "notes": ""})
        assert SECRET not in said(topic, record(json.dumps(filled).encode()))
    assert SECRET not in said(topic, record(SECRET.encode()))
    assert SECRET not in said(topic.rejected, record(SECRET.encode(), headers=[("reason", b"schema")]))


@pytest.mark.parametrize(("topic", "event"), EVENTS, ids=NAMES)
def test_of_a_restricted_topic_no_data_is_shown(topic: Topic, event: type[Envelope]) -> None:
    shown = json.loads(whole(topic, record(example(event))))["event"]["data"]
    assert (shown == "withheld") == (topic.access is Access.RESTRICTED)


@given(
    st.one_of(st.binary(), st.none(), st.dictionaries(st.text(), st.text()).map(lambda found: json.dumps(found).encode())),
    st.one_of(st.none(), st.binary()),
    st.binary(),
)
def test_whatever_a_stranger_sends_is_one_printable_line(value: bytes | None, key: bytes | None, header: bytes) -> None:
    for topic in (MEASUREMENTS, MEASUREMENTS.rejected, ACTS):
        sent = record(value, key, [("reason", header), ("origin-topic", header)])
        assert line(topic, sent).isprintable()
        assert whole(topic, sent).isprintable()


def test_a_reject_says_why_and_from_where() -> None:
    headers = {"reason": b"schema", "detail": b"Expected `str`", "source": b"gate", "origin-topic": b"waste.measurements.v1"}
    headers |= {"origin-partition": b"3", "origin-offset": b"17"}
    said = line(MEASUREMENTS.rejected, record(b"{", headers=list(headers.items())))
    assert said == "upper  rejected: schema  Expected `str`  from gate  waste.measurements.v1/3/17"
    assert json.loads(whole(MEASUREMENTS.rejected, record(b"{", headers=list(headers.items()))))["value"] == "{"
