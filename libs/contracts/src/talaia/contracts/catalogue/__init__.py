"""The topic catalogue: every topic with its purpose, owner, key, retention, access and events; a file for each service.

From it are made and checked: schemas, `asyncapi.yaml`, reference pages, the topic table, the topics themselves
(`talaia topics apply`), and what travels on them (`talaia topics check --live`).
"""

from importlib import import_module
from pkgutil import iter_modules

from talaia.contracts.catalogue.alerts import ACTS, ALARMS, INCIDENTS, JOURNAL, SIGNALS
from talaia.contracts.catalogue.topic import PARTITIONS, Changelog, Cleanup, Topic
from talaia.contracts.catalogue.waste import EQUIPMENT, FORECASTS, MEASUREMENTS, READINGS, SCORES, SPILLS

__all__ = [
    "ACTS",
    "ALARMS",
    "CHANGELOGS",
    "EQUIPMENT",
    "FORECASTS",
    "INCIDENTS",
    "INPUTS",
    "JOURNAL",
    "MEASUREMENTS",
    "PARTITIONS",
    "READINGS",
    "SCORES",
    "SIGNALS",
    "SPILLS",
    "TOPICS",
    "Changelog",
    "Cleanup",
    "Topic",
    "every_topic",
]

_SERVICES = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__) if found.name != "topic"]
"""A file here is in the catalogue: its `TOPICS`, and the `CHANGELOG` of its worker."""

TOPICS: tuple[Topic, ...] = tuple(topic for service in _SERVICES for topic in service.TOPICS)
CHANGELOGS: tuple[Changelog, ...] = tuple(service.CHANGELOG for service in _SERVICES)
INPUTS: tuple[Topic, ...] = tuple(topic for changelog in CHANGELOGS for topic in changelog.inputs)


def every_topic() -> tuple[Topic, ...]:
    """All topics a broker must have: catalogue, rejects of every worker's input, changelogs."""
    return (*TOPICS, *(topic.rejected for topic in INPUTS), *(changelog.topic for changelog in CHANGELOGS))
