"""What a source says of the quality of its own measurement, as every door reads it."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.uplinks import CHANNELS, observation
from talaia.contracts.waste import Measured
from talaia.waste.api.body import ONE
from talaia.waste.ingest.measurements import accept
from talaia.waste.ingest.observations import observed
from talaia.waste.ingest.quality import BAD, GOOD, KNOWN_WORDS, NOT_KNOWN, UNCERTAIN, quality_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ITEM: dict[str, Any] = {
    "time": "2026-03-01T11:55:00Z",
    "site": "T1",
    "sensor": "T1.level",
    "quantity": "level",
    "value": 1.25,
    "unit": "m",
}
SAID = [
    ("Good", GOOD),
    (" OK ", GOOD),
    ("valid", GOOD),
    ("192", GOOD),
    ("216", GOOD),
    (192, GOOD),
    (65_535, GOOD),
    ("UNCERTAIN", UNCERTAIN),
    ("64", UNCERTAIN),
    (88, UNCERTAIN),
    ("Bad", BAD),
    ("invalid", BAD),
    ("24", BAD),
    (0, BAD),
    ("suspect", "suspect"),
    ("not good", "not good"),
    ("²", "²"),
    ("2147483648", "2147483648"),
]
"""The last is `bad` in OPC UA; it was read by its last digits, as good."""

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("DQ_Result", "result", "code", "quality", "pass", "x")), inner, max_size=3)
    ),
)


def posted(quality: object) -> Any:
    return accept([ITEM | {"quality": quality}], source="urn:logger", now=NOW, catchment_of={"T1": "upper"})


def of_observation(said: object) -> str:
    item = observed(observation(0.4, resultQuality=said), CHANNELS.by_datastream["42"])
    return quality_of(item.quality)


@pytest.mark.parametrize(("said", "quality"), [*SAID, ("", GOOD)])
def test_the_usual_words_and_numbers_of_opc_become_one_of_three_words_and_others_stand(said: str | int, quality: str) -> None:
    assert quality_of(said) == quality


@pytest.mark.parametrize(("said", "quality"), SAID)
def test_a_measurement_that_is_posted_says_its_quality_in_any_of_these_words(said: str | int, quality: str) -> None:
    [message] = posted(said).messages
    assert isinstance(message.event, Measured)
    assert message.event.data.quality == quality


@pytest.mark.parametrize("said", [True, 1.5, -1, 65_536, 10**30, None, [], {}])
def test_what_is_no_quality_is_refused_with_the_cure(said: object) -> None:
    [answer] = posted(said).answers
    assert answer.reason == "schema"
    assert answer.detail.endswith("say good, uncertain or bad, or OPC's number as 192")


def test_the_description_of_the_door_names_every_word_that_is_known() -> None:
    for measurement in ONE["oneOf"]:
        assert all(word in measurement["properties"]["quality"]["description"] for word in KNOWN_WORDS)


@given(st.text(max_size=300) | st.integers())
def test_a_quality_that_is_read_is_read_again_as_the_same(said: str | int) -> None:
    assert quality_of(quality_of(said)) == quality_of(said)


def element(result: object, measure: str = "DQ_Qualification") -> dict[str, object]:
    return {"nameOfMeasure": measure, "DQ_Result": result}


@pytest.mark.parametrize(
    ("said", "quality"),
    [
        (None, GOOD),
        ("", GOOD),
        ([], GOOD),
        ({}, GOOD),
        ("Good", GOOD),
        (192, GOOD),
        (24, BAD),
        (element({"code": "good"}), GOOD),
        (element({"code": "http://example.org/codes#1", "label": "Valid"}), GOOD),
        (element({"code": "http://example.org/codes#1", "label": "Correcte"}), NOT_KNOWN),
        ([element({"code": "ok"}), element({"code": "bad"}, "DQ_Status")], BAD),
        ([element({"code": "ok"}), element({"code": "raw"}, "DQ_Status")], NOT_KNOWN),
        ({"nameOfMeasure": "range", "result": [{"specification": "QARTOD", "pass": True}]}, GOOD),
        ({"nameOfMeasure": "range", "result": [{"pass": True}, {"pass": False}]}, BAD),
        ({"nameOfMeasure": "error", "result": {"value": 0.01, "valueUnit": "m"}}, NOT_KNOWN),
        (element(None), NOT_KNOWN),
        (element("uncertain"), UNCERTAIN),
        ({"status": "9", "quality": "Good", "reason": "checked"}, GOOD),
        ({"qualityCode": "bad", "resultQualifiers": []}, BAD),
        ({"code": "good", "quality": "bad"}, BAD),
        ({"checked_by": "somebody"}, NOT_KNOWN),
        ({"pass": "yes"}, NOT_KNOWN),
        (["strange", "good"], "strange"),
        (True, NOT_KNOWN),
        (1.5, NOT_KNOWN),
    ],
)
def test_of_all_that_a_sensorthings_server_says_of_a_result_the_worst_counts(said: object, quality: str) -> None:
    assert of_observation(said) == quality


@given(anything)
def test_whatever_result_quality_holds_the_observation_is_taken_with_a_word_that_the_bus_carries(said: object) -> None:
    payload = msgspec.json.decode(msgspec.json.encode(said))
    assert 1 <= len(of_observation(payload)) <= 200
