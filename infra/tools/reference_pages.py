"""The reference pages: every topic, and every event type with its fields, units and an example."""

import re
from collections.abc import Iterator
from enum import Enum, IntEnum
from importlib import resources
from typing import Any

import msgspec
from schema_words import REF, table, words
from talaia.contracts import vocabulary
from talaia.contracts.catalogue import CHANGELOGS, INPUTS, TOPICS, Cleanup, Topic
from talaia.contracts.envelope import CONTENT_TYPE, Envelope, type_of

_MADE = "<!-- made by `make schemas` from talaia.contracts.catalogue -->\n"
_TOPICS = """# Topics
{made}
What each topic promises. What travels on it: [events](events.md). The same for tools: [asyncapi.yaml](asyncapi.yaml). Words: \
[glossary](../glossary.md).

An installation may put a prefix before every name here, its `TALAIA_TOPIC_PREFIX`. A record's partition is murmur2 of its key, \
as Kafka's Java client does it; workers reject a record on another one. `talaia topics check` compares the topics of a broker \
with this page, `talaia topics check --live` the records on them.
"""
_EVENTS = """# Events
{made}
Every record's value is one CloudEvent 1.0 as JSON in UTF-8, with the header `content-type: {content_type}`. \
Ignore fields, types and values that you do not know: they may come with a newer release. Where events stand: \
[topics](topics.md).

## Envelope
{envelope}

"""


def topics_page() -> str:
    """Every topic with all it promises."""
    sections = [_TOPICS.format(made=_MADE)]
    for topic in TOPICS:
        rows = [f"| {name} | {says} |" for name, says in _promises(topic)]
        sections.append("\n".join([f"## {topic.name}", f"{topic.purpose}.", "", "| | |", "|---|---|", *rows]) + "\n")
    rows = [f"| `{topic.name}` | {topic.purpose} | {_kept(topic)} | {_roles(topic.read_by)} |" for topic in _beside()]
    heading = ["## Beside them", "Rejects hold what came, byte for byte; changelogs are a worker's own.", ""]
    sections.append("\n".join([*heading, "| topic | holds | kept | read by |", "|---|---|---|---|", *rows]) + "\n")
    return "\n".join(sections)


def events_page() -> str:
    """Every event type, the structures of their data, and the enumerations."""
    events = [event for topic in TOPICS for event in topic.events]
    schemas: dict[str, Any] = msgspec.json.schema_components([*events], ref_template=REF)[1]
    lines = [_EVENTS.format(made=_MADE, content_type=CONTENT_TYPE, envelope="\n".join(_envelope(schemas[events[0].__name__])))]
    for topic in TOPICS:
        lines += [f"## {topic.name}", f"{topic.purpose}. Key: {topic.key}. [The topic](topics.md#{anchor(topic.name)})", ""]
        for event in topic.events:
            lines += [*_event(topic, event, schemas), ""]
    lines += ["## Data", "Structures and enumerations by name.", ""]
    for name, schema in sorted(schemas.items()):
        if name not in {event.__name__ for event in events}:
            lines += [f"### {name}", schema.get("description", ""), "", *_structure(name, schema), ""]
    return "\n".join(lines)


def anchor(heading: str) -> str:
    """Where a heading's link leads."""
    return re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-")


def _promises(topic: Topic) -> Iterator[tuple[str, str]]:
    told = {type_of(event): topic.key_field(event) for event in topic.events}
    where = ", ".join(f"`data.{field}` of {_link(name)}" for name, field in told.items() if field)
    yield "key", f"{topic.key}{f', told by {where}' if where else ''}"
    yield "partitions", str(topic.partitions)
    yield "kept", _kept(topic)
    yield "events", ", ".join(_link(type_of(event)) for event in topic.events)
    yield "order", "`sequence` and `cause` on every event" if topic.is_output else "as written"
    yield "largest value", f"{topic.max_message_bytes:,} bytes"
    yield "may read", topic.access.value
    yield "personal data", topic.personal_data
    yield "owner", topic.owner
    yield "written by", _roles(topic.written_by)
    yield "read by", _roles(topic.read_by)
    if topic in INPUTS:
        yield "what cannot be read", f"goes to `{topic.rejected.name}`"
    yield "schema", f"[{topic.name}.json](../../libs/contracts/src/talaia/contracts/schemas/{topic.name}.json)"


def _beside() -> tuple[Topic, ...]:
    return (*(topic.rejected for topic in INPUTS), *(changelog.topic for changelog in CHANGELOGS))


def _kept(topic: Topic) -> str:
    if topic.cleanup is Cleanup.COMPACT:
        return "the newest record of each key; one without value ends it"
    return "for ever" if topic.retention is None else f"{topic.retention.days} days"


def _roles(roles: tuple[str, ...]) -> str:
    return ", ".join(roles)


def _link(type_: str) -> str:
    return f"[{type_.split('.')[-2]}](events.md#{anchor(type_)})"


def _event(topic: Topic, event: type[Envelope], schemas: dict[str, Any]) -> list[str]:
    field = topic.key_field(event)
    key = (
        f"The record's key is `data.{field}`."
        if field
        else f"The record's key is its {topic.key}, which the event does not tell."
    )
    data = words(schemas[event.__name__]["properties"]["data"])
    example = resources.files("talaia.contracts").joinpath("examples", f"{type_of(event)}.json").read_text()
    said = f"{_text(event)} {key} Data: {data}."
    return [f"### {type_of(event)}", said, "", "```json", example.rstrip(), "```"]


def _envelope(schema: dict[str, Any]) -> list[str]:
    """What any event has besides its data."""
    fields = {name: field for name, field in schema["properties"].items() if name != "data"}
    return [_text(Envelope), "", *table(schema | {"properties": fields | {"type": {"type": "string"}}})]


def _structure(name: str, schema: dict[str, Any]) -> list[str]:
    if "enum" not in schema:
        return table(schema)
    # in the order of the vocabulary
    return [f"One of: {', '.join(map(_enumerated, getattr(vocabulary, name)))}."]


def _enumerated(value: Enum) -> str:
    named = f" ({value.name.lower().replace('_', ' ')})" if isinstance(value, IntEnum) else ""
    return f"`{value.value}`{named}"


def _text(of: type) -> str:
    return " ".join((of.__doc__ or "").split())
