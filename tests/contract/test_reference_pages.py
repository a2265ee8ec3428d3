"""The reference pages lead where they say, and give every number its unit."""

import re

import msgspec
import pytest
from generated import REFERENCE
from reference_pages import anchor
from schema_words import numbers, unit, words
from support.house import ROOT
from talaia.contracts.catalogue import TOPICS, every_topic
from talaia.contracts.envelope import type_of

PAGES = {path.name: path.read_text() for path in (ROOT / REFERENCE).glob("*.md")}
EVENTS = [event for topic in TOPICS for event in topic.events]
SCHEMAS = msgspec.json.schema_components(EVENTS)[1]
LINK = re.compile(r"\]\(([\w.]*)#([\w-]+)\)")


def headings(page: str) -> list[str]:
    return [anchor(line.lstrip("#")) for line in PAGES[page].splitlines() if line.startswith("#")]


@pytest.mark.parametrize("page", ["events.md", "topics.md"])
def test_a_link_into_a_page_meets_one_heading(page: str) -> None:
    links = LINK.findall(PAGES[page])
    assert links
    for where, place in links:
        assert headings(where or page).count(place) == 1, (where, place)


def test_every_topic_has_its_section_and_what_stands_beside_is_named() -> None:
    for topic in TOPICS:
        assert f"## {topic.name}\n" in PAGES["topics.md"]
    for topic in every_topic():
        assert topic.name in PAGES["topics.md"]


def test_every_event_type_has_its_section_with_an_example() -> None:
    for event in EVENTS:
        section = PAGES["events.md"].split(f"### {type_of(event)}\n")[1].split("\n##")[0]
        assert f'"type": "{type_of(event)}"' in section


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_number_with_a_fraction_has_a_unit(name: str) -> None:
    assert [field for field in numbers(SCHEMAS[name]) if not unit(field)] == []


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 100}, "number (at most 100, above 0)"),
        ({"type": "array", "maxItems": 3, "items": {"$ref": "#/$defs/Site"}}, "list (at most 3) of [Site](#site)"),
        ({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}, "whole number (at least 1) or null"),
        ({"type": "string", "minLength": 20, "maxLength": 20}, "text (20 characters)"),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, "map of names to true or false"),
        ({}, "anything"),
    ],
)
def test_a_schema_is_put_into_words(field: dict, says: str) -> None:
    assert words(field) == says
