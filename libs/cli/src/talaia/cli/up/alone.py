"""One installation in a folder at a time: two would write each other's broker data."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from talaia.cli.trouble import Trouble


@contextlib.contextmanager
def alone(var: Path) -> Iterator[None]:
    """Have a folder, made when missing, to oneself until the block or this process ends. Raises Trouble."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        folder = os.open(var, os.O_RDONLY)
    except OSError as error:
        raise Trouble(f"cannot use the folder {var} ({error.strerror}): name another one with --var") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(folder)
        raise Trouble(
            f"{var} is in use by another `talaia up` or `talaia demo`: end that one first, or name another folder with --var"
        ) from None
    try:
        yield
    finally:
        os.close(folder)
