"""Every event type has an example, and everybody reads it: we, its schema, the official CloudEvents SDK."""

import json
from functools import reduce
from operator import or_

import msgspec
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from generated import SCHEMAS
from jsonschema_rs import Draft202012Validator, meta
from support.examples import EVENTS, FOLDER, NAMES, example
from support.house import ROOT
from talaia.contracts.catalogue import Topic
from talaia.contracts.envelope import CONTENT_TYPE_HEADER, Envelope, type_of

of_every_event = pytest.mark.parametrize(("topic", "event"), EVENTS, ids=NAMES)
EXTENSIONS = ("recordedtime", "traceparent", "sequence", "cause")


def test_every_event_type_has_an_example_and_no_other_file_is_there() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(NAMES)


def test_event_types_are_unique_and_named_for_their_topic() -> None:
    assert len(set(NAMES)) == len(NAMES)
    for topic, event in EVENTS:
        assert type_of(event).startswith(f"city.talaia.{topic.name.removesuffix('.v1')}.")
        assert type_of(event).endswith(".v1")


@of_every_event
def test_an_example_is_read_by_its_topic_and_written_back_without_loss(topic: Topic, event: type[Envelope]) -> None:
    read = msgspec.json.decode(example(event), type=reduce(or_, topic.events))
    assert type(read) is event
    assert json.loads(msgspec.json.encode(read)) == json.loads(example(event))


@of_every_event
def test_an_example_follows_the_committed_schema_of_its_topic(topic: Topic, event: type[Envelope]) -> None:
    schema = json.loads((ROOT / SCHEMAS / f"{topic.name}.json").read_text())
    meta.validate(schema)
    Draft202012Validator(schema).validate(json.loads(example(event)))


@of_every_event
def test_without_its_source_an_example_breaks_the_schema_and_is_not_read(topic: Topic, event: type[Envelope]) -> None:
    broken = json.loads(example(event))
    del broken["source"]
    schema = json.loads((ROOT / SCHEMAS / f"{topic.name}.json").read_text())
    assert not Draft202012Validator(schema).is_valid(broken)
    with pytest.raises(msgspec.ValidationError, match="source"):
        msgspec.json.decode(json.dumps(broken), type=event)


@of_every_event
def test_the_cloudevents_sdk_reads_what_we_write_with_its_extensions(topic: Topic, event: type[Envelope]) -> None:
    ours = msgspec.json.decode(example(event), type=event)
    name, value = CONTENT_TYPE_HEADER
    theirs = from_kafka_event(KafkaMessage(headers={name: value}, key=None, value=msgspec.json.encode(ours)))
    assert (theirs.get_id(), theirs.get_source(), theirs.get_type()) == (ours.id, ours.source, type_of(event))
    assert theirs.get_specversion() == "1.0"
    assert theirs.get_subject() == (None if ours.subject is msgspec.UNSET else ours.subject)
    assert theirs.get_time() == ours.time
    written = json.loads(example(event))
    assert theirs.get_data() == written["data"]
    assert {name: theirs.get_extension(name) for name in EXTENSIONS} == {name: written.get(name) for name in EXTENSIONS}
