"""How a worker ends when it must not go on: one sentence in the log, an exit code, and no clean-up that could hang."""

import logging
import os
import sys
from typing import NoReturn

STUCK = 70
"""The watchdog found it alive and silent."""
SETTLE_FAILED = 71
"""State or outputs could not be written."""
REFUSED = 72
"""Going on would harm: a wrong topic, a newer state, a release that rejects everything."""
UNAVAILABLE = 69
"""Kafka does not answer or lacks a topic (EX_UNAVAILABLE of sysexits.h)."""
OVERDUE = 75
"""Asked to end, it did not in time; what was not settled is processed again."""

log = logging.getLogger(__name__)


class Stop(RuntimeError):
    """The worker must stop; the message says why and what to do."""


def die(code: int, why: str) -> NoReturn:
    """End the process now. Its supervisor starts it again, and the progress record tells what to skip."""
    log.critical(why, extra={"exit_code": code})
    leave(code)


def leave(code: int) -> NoReturn:
    """End the process now: a thread that still waits for a broker to answer would hold it up."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
