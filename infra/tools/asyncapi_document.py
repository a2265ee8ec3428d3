"""The topics of the catalogue as an AsyncAPI 3.1 document: for tools, and for teams that do not read Python.

Whatever AsyncAPI has no word for stands in `x-talaia` of a channel; who writes and who reads a topic are its operations.
Changelogs are not in it: they are a worker's own.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from importlib import resources
from importlib.metadata import version
from typing import Any

import msgspec
import yaml
from talaia.cli.rejects.record import FACTS
from talaia.contracts.catalogue import INPUTS, TOPICS, Cleanup, Topic
from talaia.contracts.envelope import CONTENT_TYPE, Envelope, type_of
from talaia.stream.folding.reading import KEY_LIMIT_BYTES, REASONS
from talaia.stream.rights import principal

Object = dict[str, Any]

BINDING = "0.5.0"
REJECTED = "rejected"
_KEY_SCHEMA: Object = {"type": "string", "minLength": 1, "maxLength": KEY_LIMIT_BYTES}
_ABOUT = """\
Services of Talaia meet on Kafka topics and nothing else. A channel here is a topic, an operation says which role writes or \
reads it.

**Prefix.** An installation may put a prefix before every topic and group (`TALAIA_TOPIC_PREFIX`), so that several share a \
cluster. It is the parameter `prefix` of every address; most have none.

**Key and partition.** Every record has a key, UTF-8 text. Its partition is `(murmur2(key) & 0x7FFFFFFF) % partitions`, the \
default of Kafka's Java client; other clients must be told (librdkafka: `partitioner=murmur2_random`). Workers reject a record \
on another partition.

**Order.** Records of one key are in order, and delivered at least once: the same `source` and `id` may come again. Outputs of \
workers carry `sequence`; of two events of one key the greater is the newer, wherever it stands.

**Compacted topics.** They keep the newest record of each key. A record without value ends what stands for its key.

**Growth.** Schemas gain optional fields, event types and enumeration values, and lose nothing: ignore what you do not know.
"""
_PREFIX: Object = {
    "description": "What this installation puts before every topic and group, its TALAIA_TOPIC_PREFIX; usually nothing.",
    "default": "",
    "examples": ["north."],
}
_BOOTSTRAP: Object = {"bootstrap": {"description": "host:port of a broker", "default": "127.0.0.1:9092"}}


class _Plain(yaml.SafeDumper):  # type: ignore[misc]
    """Without anchors, and text of several lines as it is read."""

    def ignore_aliases(self, data: Any) -> bool:
        """What is equal is written twice."""
        return True


_Plain.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)
)


def text() -> str:
    """The document as YAML."""
    head = "# Made by `make schemas` from talaia.contracts.catalogue\n"
    written: str = yaml.dump(document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=130)
    return head + written


def document() -> Object:
    """The document. Channels have the names of the catalogue, messages the `type` of their event."""
    topics = (*TOPICS, *(topic.rejected for topic in INPUTS))
    messages = {type_of(event): _message(topic, event) for topic in TOPICS for event in topic.events}
    return {
        "asyncapi": "3.1.0",
        "id": "urn:talaia",
        "info": {
            "title": "Talaia on Kafka",
            "version": version("talaia-contracts"),
            "description": _ABOUT,
            "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/en"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": _servers(),
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": dict(pair for topic in topics for pair in _operations(topic)),
        "components": {
            "parameters": {"prefix": _PREFIX},
            "messages": messages | {REJECTED: _rejected()},
            "schemas": {"Headers": _headers()} | _schemas(),
            "securitySchemes": {
                "password": {"type": "scramSha512", "description": "A user for each role, with its rights alone"}
            },
        },
    }


def _servers() -> Object:
    plain = {"host": "{bootstrap}", "protocol": "kafka", "variables": _BOOTSTRAP}
    return {
        "plain": {**plain, "description": "A broker that asks for nothing: on one machine, or in a closed network"},
        "secured": {
            **plain,
            "protocol": "kafka-secure",
            "description": "A broker that asks who comes: TALAIA_KAFKA_FILE names user, password and CA",
            "security": [{"$ref": "#/components/securitySchemes/password"}],
        },
    }


def _channel(topic: Topic) -> Object:
    messages = {type_of(event).split(".")[-2]: type_of(event) for event in topic.events} or {REJECTED: REJECTED}
    return {
        "address": f"{{prefix}}{topic.name}",
        "title": topic.name,
        "summary": topic.purpose,
        "parameters": {"prefix": {"$ref": "#/components/parameters/prefix"}},
        "messages": {name: {"$ref": f"#/components/messages/{message}"} for name, message in messages.items()},
        "tags": [{"name": topic.owner}, {"name": topic.access.value}],
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [topic.cleanup.value],
                    "retention.ms": -1 if topic.retention is None else topic.retention // timedelta(milliseconds=1),
                    "max.message.bytes": topic.max_message_bytes,
                },
                "bindingVersion": BINDING,
            }
        },
        "x-talaia": {
            "owner": topic.owner,
            "key": topic.key,
            "access": topic.access.value,
            "personal_data": topic.personal_data,
            "tombstones": topic.cleanup is Cleanup.COMPACT,
        },
    }


def _operations(topic: Topic) -> Iterator[tuple[str, Object]]:
    for action, verb, roles in (("send", "writes", topic.written_by), ("receive", "reads", topic.read_by)):
        for role in roles:
            yield (
                f"{principal(role)}.{action}.{topic.name}",
                {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{topic.name}"},
                    "title": f"{role} {verb} {topic.name}",
                    "tags": [{"name": role}],
                },
            )


def _message(topic: Topic, event: type[Envelope]) -> Object:
    name = type_of(event)
    field = topic.key_field(event)
    told = f"; equal to `data.{field}`" if field else ""
    example = resources.files("talaia.contracts").joinpath("examples", f"{name}.json")
    return {
        "name": name,
        "title": event.__name__,
        "summary": " ".join((event.__doc__ or "").split()),
        "contentType": CONTENT_TYPE,
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "bindings": {"kafka": {"key": _KEY_SCHEMA | {"description": f"{topic.key}{told}"}, "bindingVersion": BINDING}},
        "examples": [{"headers": {"content-type": CONTENT_TYPE}, "payload": json.loads(example.read_text())}],
    }


def _rejected() -> Object:
    named: Object = {name: {"type": "string"} for name in FACTS}
    named["reason"] |= {"description": "one of these, or a word of the service", "examples": list(REASONS)}
    return {
        "name": REJECTED,
        "title": "Rejected",
        "summary": "A record that could not be read or applied: its bytes and headers, then why and where it came from.",
        "contentType": "application/octet-stream",
        "headers": {"type": "object", "properties": named, "required": list(FACTS)},
        "bindings": {"kafka": {"bindingVersion": BINDING}},
    }


def _headers() -> Object:
    return {
        "description": "Kafka headers of every event; others may stand beside it.",
        "type": "object",
        "properties": {"content-type": {"type": "string", "pattern": rf"^{re.escape(CONTENT_TYPE)}\s*(;.*)?$"}},
        "required": ["content-type"],
    }


def _schemas() -> Object:
    events = [event for topic in TOPICS for event in topic.events]
    schemas: Object = msgspec.json.schema_components(events, ref_template="#/components/schemas/{name}")[1]
    return schemas
