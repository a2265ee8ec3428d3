"""`asyncapi.yaml` follows AsyncAPI 3.1 and says what the catalogue says, no more and no less."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import yaml
from asyncapi_document import document
from generated import REFERENCE
from jsonschema_rs import Draft7Validator
from support.house import ROOT
from talaia.contracts.catalogue import INPUTS, TOPICS, Cleanup, Topic
from talaia.contracts.envelope import Envelope, type_of
from talaia.contracts.vocabulary import Access

DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / REFERENCE / "asyncapi.yaml").read_text())
OFFICIAL = Draft7Validator(json.loads((ROOT / "tests/support/asyncapi-spec/3.1.0.json").read_text()))
EVENTS: dict[str, type[Envelope]] = {type_of(event): event for topic in TOPICS for event in topic.events}
PROMISED = (*TOPICS, *(topic.rejected for topic in INPUTS))

Object = dict[str, Any]


def refs(place: Any) -> Iterator[str]:
    """Every reference below a place."""
    if isinstance(place, dict):
        if "$ref" in place:
            yield place["$ref"]
        place = list(place.values())
    if isinstance(place, list):
        for inner in place:
            yield from refs(inner)


def resolved(ref: str, root: Object) -> Any:
    place: Any = root
    for step in ref.removeprefix("#/").split("/"):
        place = place[step]
    return place


def read_back(name: str) -> Topic:
    """The topic that a channel promises."""
    channel = DOCUMENT["channels"][name]
    kafka, ours = channel["bindings"]["kafka"], channel["x-talaia"]
    settings = kafka["topicConfiguration"]
    messages = [resolved(message["$ref"], DOCUMENT) for message in channel["messages"].values()]
    operations = [each for each in DOCUMENT["operations"].values() if each["channel"]["$ref"] == f"#/channels/{name}"]
    roles = {
        action: tuple(each["tags"][0]["name"] for each in operations if each["action"] == action)
        for action in ("send", "receive")
    }
    (cleanup,) = settings["cleanup.policy"]
    retention_ms = settings["retention.ms"]
    return Topic(
        name=channel["address"].removeprefix("{prefix}"),
        purpose=channel["summary"],
        owner=ours["owner"],
        key=ours["key"],
        events=tuple(EVENTS[message["name"]] for message in messages if message["name"] != "rejected"),
        cleanup=Cleanup(cleanup),
        retention=None if retention_ms == -1 else timedelta(milliseconds=retention_ms),
        access=Access(ours["access"]),
        personal_data=ours["personal_data"],
        written_by=roles["send"],
        read_by=roles["receive"],
        partitions=kafka["partitions"],
        max_message_bytes=settings["max.message.bytes"],
    )


def test_the_document_follows_the_official_schema_of_asyncapi_3_1() -> None:
    assert DOCUMENT["asyncapi"] == "3.1.0"
    assert [error.message for error in OFFICIAL.iter_errors(DOCUMENT)] == []


@pytest.mark.parametrize(
    ("way", "wrong"),
    [
        (["info"], None),
        (["asyncapi"], "3.1"),
        (["operations", "waste-worker.send.waste.readings.v1", "action"], "publish"),
        (["operations", "waste-worker.send.waste.readings.v1", "channel"], None),
        (["channels", "waste.readings.v1", "adress"], "waste.readings.v1"),
        (["channels", "waste.readings.v1", "bindings", "kafka", "partitions"], "16"),
        (["channels", "waste.readings.v1", "bindings", "kafka", "topicConfiguration", "cleanup.policy"], ["keep"]),
        (["components", "messages", "city.talaia.waste.readings.read.v1", "contenttype"], "text/plain"),
        (["components", "messages", "city.talaia.waste.readings.read.v1", "bindings", "kafka", "keys"], {}),
        (["components", "schemas", "Reading", "required"], "site"),
        (["servers", "plain", "protocol"], None),
    ],
)
def test_a_mistake_in_it_would_be_seen(way: list[str], wrong: Any) -> None:
    spoilt = copy.deepcopy(DOCUMENT)
    *outer, last = way
    place = spoilt
    for step in outer:
        place = place[step]
    if wrong is None:
        del place[last]
    else:
        place[last] = wrong
    assert not OFFICIAL.is_valid(spoilt)


def test_what_it_refers_to_is_there() -> None:
    found = set(refs(DOCUMENT))
    assert len(found) > len(EVENTS)
    for ref in found:
        assert resolved(ref, DOCUMENT)


@pytest.mark.parametrize("topic", PROMISED, ids=lambda topic: topic.name)
def test_read_back_it_is_the_catalogue(topic: Topic) -> None:
    assert read_back(topic.name) == topic


def test_it_promises_no_topic_and_no_event_more() -> None:
    assert set(DOCUMENT["channels"]) == {topic.name for topic in PROMISED}
    assert set(DOCUMENT["components"]["messages"]) == {*EVENTS, "rejected"}


def test_a_role_more_would_be_read_back() -> None:
    topic = TOPICS[1]
    assert read_back(topic.name) != replace(topic, read_by=(*topic.read_by, "somebody"))


@pytest.mark.parametrize("name", EVENTS)
def test_an_example_follows_payload_and_headers_of_its_message(name: str) -> None:
    message = DOCUMENT["components"]["messages"][name]
    (example,) = message["examples"]
    for part in ("payload", "headers"):
        Draft7Validator({**message[part], "components": DOCUMENT["components"]}).validate(example[part])
    assert example["payload"]["type"] == name
    spoilt = {key: value for key, value in example["payload"].items() if key != "source"}
    assert not Draft7Validator({**message["payload"], "components": DOCUMENT["components"]}).is_valid(spoilt)


@pytest.mark.parametrize("name", EVENTS)
def test_the_key_that_an_event_tells_is_named_in_its_message(name: str) -> None:
    (topic,) = [topic for topic in TOPICS if EVENTS[name] in topic.events]
    field = topic.key_field(EVENTS[name])
    said = DOCUMENT["components"]["messages"][name]["bindings"]["kafka"]["key"]["description"]
    assert said == (f"{topic.key}; equal to `data.{field}`" if field else topic.key)


def test_every_address_begins_with_the_prefix_of_the_installation_which_is_explained() -> None:
    for channel in DOCUMENT["channels"].values():
        assert channel["address"].startswith("{prefix}")
        assert resolved(channel["parameters"]["prefix"]["$ref"], DOCUMENT)["default"] == ""


def test_the_committed_document_is_what_is_made() -> None:
    assert document() == DOCUMENT
