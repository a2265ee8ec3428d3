"""Structured logs on standard error: one JSON object a line."""

import logging
import sys
import time

from pythonjsonlogger.json import JsonFormatter

_FIELDS = "{asctime}{levelname}{name}{message}"
_RENAMED = {"asctime": "time", "levelname": "level", "name": "logger"}
_NOISY = ("faust", "mode", "aiokafka", "kafka")
_REPEAT_AFTER_S = 10.0
_REMEMBERED = 1_000


class Repeats(logging.Filter):
    """Drops what a library said a moment ago: clients of a broker that is away say the same ten times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it."""
        if not record.name.startswith(_NOISY):
            return True
        said, now = (record.name, record.getMessage()), time.monotonic()
        if now - self._said.get(said, -_REPEAT_AFTER_S) < _REPEAT_AFTER_S:
            return False
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said[said] = now
        return True


def configure_logs(instance: str) -> None:
    """Send all logs of this process to standard error. instance: stands in each line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(_FIELDS, style="{", rename_fields=_RENAMED, static_fields={"instance": instance}))
    handler.addFilter(Repeats())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.INFO)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
