"""Structured logs on standard error: one JSON object a line."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

_FIELDS = "{asctime}{levelname}{name}{message}"
_RENAMED = {"asctime": "time", "levelname": "level", "name": "logger"}
_NOISY = ("faust", "mode", "aiokafka", "kafka")


def configure_logs(instance: str) -> None:
    """Send all logs of this process to standard error. instance: stands in each line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(_FIELDS, style="{", rename_fields=_RENAMED, static_fields={"instance": instance}))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.INFO)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
