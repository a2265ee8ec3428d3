"""Fixtures that every kind of test may ask for, and the time budget of a tier."""

import gc

from hypothesis import settings
from support.broker import broker, prefix
from support.budget import pytest_addoption, pytest_configure, pytest_sessionfinish, pytest_terminal_summary
from support.incident import city
from support.mosquitto import mosquitto
from support.postgres import database_url, postgres
from support.processes import processes

__all__ = [
    "broker",
    "city",
    "database_url",
    "mosquitto",
    "postgres",
    "prefix",
    "processes",
    "pytest_addoption",
    "pytest_configure",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
]

settings.register_profile("talaia", deadline=None)  # a busy machine is no counterexample
settings.register_profile("fast", settings.get_profile("talaia"), max_examples=20)
settings.load_profile("talaia")
gc.disable()


def pytest_collection_finish() -> None:
    """What was collected stays until the end: nobody need look whether it is garbage."""
    gc.freeze()
    gc.enable()
