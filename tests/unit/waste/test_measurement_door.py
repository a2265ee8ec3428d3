"""The door for measurements, without HTTP: every item is answered, and those accepted become events."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.vocabulary import Quantity
from talaia.contracts.waste import Measured
from talaia.waste.ingest.batches import MOST_ITEMS, Batch, TooMany
from talaia.waste.ingest.measurements import accept

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "id": "7",
    "time": "2026-03-01T12:55:00+01:00",
    "site": "T1",
    "sensor": "T1.level",
    "quantity": "level",
    "value": 125,
    "unit": "cm",
}


def given_items(*items: object) -> Batch:
    return accept(items, source="urn:logger", now=NOW, catchment_of={"T1": "upper", "RG1": "upper"})


def test_an_accepted_item_becomes_an_event_of_its_catchment() -> None:
    [message] = given_items(GOOD).messages
    assert (message.topic, message.key) == (MEASUREMENTS, "upper")
    assert isinstance(message.event, Measured)
    assert (message.event.source, message.event.id, message.event.recordedtime) == ("urn:logger", "7", NOW)
    assert message.event.time == NOW - timedelta(minutes=5)
    assert message.event.data.value == 1.25


def test_what_the_sensor_said_itself_is_kept_beside_it() -> None:
    [message] = given_items(GOOD).messages
    assert isinstance(message.event, Measured)
    assert (message.event.data.original_value, message.event.data.original_unit) == (125, "cm")


def test_without_an_id_site_sensor_and_time_are_the_identity() -> None:
    item = {key: value for key, value in GOOD.items() if key != "id"}
    [first, second] = given_items(item, item).messages
    assert first.event.id == second.event.id
    assert "T1.level" in first.event.id


def test_sensors_of_one_name_at_two_sites_are_two() -> None:
    item = {key: value for key, value in GOOD.items() if key != "id"}
    [first, second] = given_items(item | {"sensor": "level"}, item | {"sensor": "level", "site": "RG1"}).messages
    assert first.event.id != second.event.id


def test_however_long_its_names_a_measurement_without_an_id_gets_one_of_its_own() -> None:
    item = {key: value for key, value in GOOD.items() if key != "id"} | {"sensor": "x" * 150}
    [first, second] = given_items(item, item | {"site": "RG1"}).messages
    assert first.event.id != second.event.id
    assert len(first.event.id) <= 200


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"unit": "furlong"}, "unit"),
        ({"unit": 5}, "schema"),
        ({"quantity": "mood"}, "schema"),
        ({"value": "high"}, "schema"),
        ({"value": float("nan")}, "not_finite"),
        ({"value": float("inf")}, "not_finite"),
        ({"time": "yesterday"}, "schema"),
        ({"time": "2026-03-01T12:00:00"}, "schema"),
        ({"time": "2026-03-01T12:05:00Z"}, "from_the_future"),
        ({"time": "2025-03-01T12:05:00Z"}, "too_old"),
        ({"site": "T9"}, "unknown_site"),
        ({"site": ""}, "schema"),
        ({"sensor": "a\x00b"}, "control_character"),
        ({"sensor": "é" * 199}, "names_too_long"),
        ({"sensor": "x" * 201}, "schema"),
    ],
)
def test_what_is_wrong_with_an_item_is_its_answer_and_harms_no_other(change: dict[str, object], reason: str) -> None:
    batch = given_items(GOOD, GOOD | change, GOOD)
    assert [answer.reason for answer in batch.answers] == [None, reason, None]
    assert [answer.accepted for answer in batch.answers] == [True, False, True]
    assert batch.answers[1].detail
    assert len(batch.messages) == 2


@pytest.mark.parametrize(
    ("change", "cure"),
    [({"quantity": "mood"}, "known are " + ", ".join(Quantity)), ({"time": "noon"}, "write it as 2026-09-14T02:10:00Z")],
)
def test_whoever_sent_what_is_no_quantity_or_time_is_told_what_would_be_one(change: dict[str, object], cure: str) -> None:
    [answer] = given_items(GOOD | change).answers
    assert answer.detail.endswith(cure)


@pytest.mark.parametrize("item", [None, 5, "level", [], {}, {"site": "T1"}, {1: 2}])
def test_what_is_no_measurement_at_all_is_answered_too(item: object) -> None:
    [answer] = given_items(item).answers
    assert answer.reason == "schema"


def test_more_items_than_a_batch_may_have_are_refused_as_a_whole() -> None:
    with pytest.raises(TooMany, match="send it in parts"):
        given_items(*[GOOD] * (MOST_ITEMS + 1))


def test_an_empty_batch_is_answered_with_nothing() -> None:
    assert given_items() == ([], [])


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "x"]), inner, max_size=8),
    max_leaves=6,
)
nearly_good = st.dictionaries(st.sampled_from(list(GOOD)), anything, max_size=2).map(lambda change: GOOD | change)


@settings(max_examples=50)
@given(st.lists(anything | nearly_good, max_size=5))
def test_every_item_has_one_answer_whatever_it_is_and_every_event_can_be_read(items: list[object]) -> None:
    batch = given_items(*items)
    assert [answer.item for answer in batch.answers] == list(range(len(items)))
    assert [message.event.id for message in batch.messages] == [answer.id for answer in batch.answers if answer.accepted]
    for message in batch.messages:
        assert msgspec.json.decode(msgspec.json.encode(message.event), type=Measured) == message.event
