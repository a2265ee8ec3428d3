"""What is made from the topic catalogue and committed: JSON Schemas, the AsyncAPI document, the reference pages and the topic
table of the README.

`make schemas` writes them, a contract test holds them equal to the catalogue.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from operator import or_
from pathlib import Path

import asyncapi_document
import licences
import msgspec
import problem_codes
import prometheus_rule
import reference_pages
import strimzi
from talaia.contracts.catalogue import INPUTS, PARTITIONS, TOPICS, Cleanup, Topic

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = "libs/contracts/src/talaia/contracts/schemas"
REFERENCE = "docs/reference"
TABLE_BEGIN = "<!-- topics: made by `make schemas` from talaia.contracts.catalogue -->\n"
TABLE_END = "<!-- end of topics -->"


def schema(topic: Topic) -> str:
    """JSON Schema (2020-12) of the events of a topic."""
    made = msgspec.json.schema(reduce(or_, topic.events))
    heading = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:talaia:{topic.name}",
        "title": topic.name,
        "description": topic.purpose,
    }
    return json.dumps(heading | made, indent=2, ensure_ascii=False) + "\n"


def topic_table() -> str:
    """Every topic of the catalogue, as Markdown."""
    head = "| topic | key | kept | says | written by | read by | may read | personal data |"
    rows = [head, "|" + "---|" * 8, *map(_row, TOPICS)]
    rejected = ", ".join(f"`{topic.rejected.name}`" for topic in INPUTS)
    return (
        "\n".join(rows)
        + f"\n\nEach has {PARTITIONS} partitions. What a worker cannot read goes, with the reason, to {rejected}: "
        + "kept as long and as secret as its source.\n"
    )


def files(root: Path) -> Iterator[tuple[Path, str]]:
    """Every generated file with its content."""
    for topic in TOPICS:
        yield root / SCHEMAS / f"{topic.name}.json", schema(topic)
    yield root / REFERENCE / "asyncapi.yaml", asyncapi_document.text()
    yield root / REFERENCE / "topics.md", reference_pages.topics_page()
    yield root / REFERENCE / "events.md", reference_pages.events_page()
    readme = root / "README.md"
    before, _, rest = readme.read_text().partition(TABLE_BEGIN)
    _, _, after = rest.partition(TABLE_END)
    yield readme, before + TABLE_BEGIN + topic_table() + TABLE_END + after
    yield from strimzi.files(root)
    yield from problem_codes.files(root)
    yield from prometheus_rule.files(root)
    yield from licences.files(root)


def _row(topic: Topic) -> str:
    kept = "compact" if topic.cleanup is Cleanup.COMPACT else _kept(topic.retention)
    cells = (
        *(f"`{topic.name}`", topic.key, kept, topic.purpose),
        *(", ".join(topic.written_by), ", ".join(topic.read_by), topic.access, topic.personal_data),
    )
    return "| " + " | ".join(cells) + " |"


def _kept(retention: timedelta | None) -> str:
    return "for ever" if retention is None else f"{retention.days} d"


if __name__ == "__main__":
    for path, content in files(ROOT):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
