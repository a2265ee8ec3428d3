"""Fixtures that every kind of test may ask for, and the time budget of a tier."""

from support.broker import broker, prefix
from support.budget import pytest_addoption, pytest_configure, pytest_sessionfinish, pytest_terminal_summary

__all__ = ["broker", "prefix", "pytest_addoption", "pytest_configure", "pytest_sessionfinish", "pytest_terminal_summary"]
