"""Fixtures that every kind of test may ask for."""

from support.broker import broker, prefix

__all__ = ["broker", "prefix"]
