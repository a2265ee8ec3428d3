"""Why a worker ended, kept in a file for its next start: what a process counted is gone with it."""

import contextlib
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from talaia.stream.stopping import STUCK, Stop

_KEPT = 5


class End(msgspec.Struct, frozen=True, kw_only=True):
    """One end: when, with which exit code, and the sentence in the log."""

    at: datetime
    code: int
    why: str


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """All ends that were noted. watchdog_exits: how often the watchdog was the reason; last: the newest few, oldest first."""

    watchdog_exits: int = 0
    last: tuple[End, ...] = ()

    def and_then(self, end: End) -> "Ends":
        """With one more."""
        return Ends(watchdog_exits=self.watchdog_exits + (end.code == STUCK), last=(*self.last, end)[-_KEPT:])


def read_ends(file: Path) -> Ends:
    """What was noted; nothing when there is no file, or one that is none of ours. Raises Stop when it cannot be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Ends)
    except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
        return Ends()
    except OSError as error:
        raise Stop(f"{file} cannot be read ({error.strerror}): set TALAIA_EXITS_FILE to a file that can, or to none") from None


class LastWords(logging.Handler):
    """Notes the log record with which `stopping.die` ends the process. A note that cannot be written holds nothing up."""

    def __init__(self, file: Path) -> None:
        super().__init__(logging.CRITICAL)
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        """Add one end to the file."""
        code = getattr(record, "exit_code", None)
        if code is None:
            return
        end = End(at=datetime.fromtimestamp(record.created, UTC), code=code, why=record.getMessage())
        with contextlib.suppress(OSError, Stop):
            whole = self._file.with_name(self._file.name + ".new")
            whole.write_bytes(msgspec.json.encode(read_ends(self._file).and_then(end)))
            os.replace(whole, self._file)  # noqa: PTH105 - one step, also where pathlib means another
