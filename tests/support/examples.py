"""One example of every event type, as it travels."""

from pathlib import Path

import talaia.contracts
from talaia.contracts.catalogue import TOPICS, Topic
from talaia.contracts.envelope import Envelope, type_of

EVENTS: list[tuple[Topic, type[Envelope]]] = [(topic, event) for topic in TOPICS for event in topic.events]
NAMES = [type_of(event) for _, event in EVENTS]
FOLDER = Path(talaia.contracts.__file__).with_name("examples")


def example(event: type[Envelope]) -> bytes:
    """The example of an event type."""
    return (FOLDER / f"{type_of(event)}.json").read_bytes()
