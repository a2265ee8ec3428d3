"""A folder into which tables are put, by a SCADA system that exports now and then; each is taken in and put away.

A table is taken when it has not changed between two looks. Taken ones go to `taken`, those that cannot be read at all to
`refused`. An end in the middle takes the table again, whole: its events have the same ids then. One that cannot be put away
stays, and is taken again when it changes.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from talaia.waste.ingest.channels import Channels
from talaia.waste.ingest.deliveries import Send
from talaia.waste.ingest.intake import Intake
from talaia.waste.ingest.measurements import Item
from talaia.waste.ingest.tables import COLUMNS_FILE, BadRow, Row, Table, read_form

EVERY_S = 5.0
TAKEN, REFUSED = "taken", "refused"
_MOST_TOGETHER = 1_000

log = logging.getLogger(__name__)


class Inbox:
    """One such folder. zone: of times without an offset, where `columns.toml` in it does not say."""

    def __init__(self, folder: Path, channels: Channels, zone: str, intake: Intake, send: Send) -> None:
        self._folder = folder
        self._channels = channels
        self._zone = zone
        self._intake = intake
        self._send = send
        self._seen: dict[Path, tuple[int, int]] = {}
        self._stays: dict[Path, tuple[int, int]] = {}

    async def watch(self, clock: Callable[[], datetime], every_s: float = EVERY_S) -> None:
        """Look into the folder for ever."""
        while True:
            await self.look(clock())
            await asyncio.sleep(every_s)

    async def look(self, now: datetime) -> None:
        """Take in what has not changed since the look before. The folder is made if it is not there."""
        before = self._seen
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._seen = dict(self._tables())
        except OSError as why:
            log.warning(f"the inbox cannot be looked into ({why}): give this process the right to read and write it")
            return
        self._stays = {path: state for path, state in self._stays.items() if path in self._seen}
        for path, state in self._seen.items():
            if before.get(path) == state != self._stays.get(path):
                self._stays[path] = state
                if self._put_away(path, TAKEN if await self._taken(path, now) else REFUSED):
                    del self._stays[path]

    def _tables(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        for path in sorted(each for each in self._folder.iterdir() if each.suffix.lower() == ".csv"):
            try:
                state = path.stat()
            except OSError:  # it was taken away meanwhile
                continue
            yield path, (state.st_size, state.st_mtime_ns)

    async def _taken(self, path: Path, now: datetime) -> bool:
        try:
            table = Table(read_form(self._folder / COLUMNS_FILE), self._channels, self._zone)
            became: Counter[str] = Counter()
            with path.open(encoding="utf-8-sig", newline="") as lines:
                items = self._items(path, table.rows(lines), became)
                while batch := list(islice(items, _MOST_TOGETHER)):
                    messages = self._intake.take(batch, f"table {path.name}", now)
                    became.update(taken=len(messages), refused=len(batch) - len(messages))
                    await self._send(messages)
        except (ValueError, OSError) as why:
            self._intake.tally.refused("table", f"table {path.name}", str(why))
            return False
        log.info(
            f"table {path.name}: {became['taken']} lines taken, {became['refused']} refused, "
            f"{became['left']} left out: their tag is not in the city file, or they have no value"
        )
        return True

    def _items(self, path: Path, rows: Iterator[Row | BadRow], became: Counter[str]) -> Iterator[Item]:
        for row in rows:
            if isinstance(row, BadRow):
                became["refused"] += 1
                self._intake.tally.refused("line", f"table {path.name}, line {row.number}", str(row))
            elif row.item is not None:
                yield row.item
            else:
                became["left"] += 1

    def _put_away(self, path: Path, where: str) -> bool:
        try:
            (self._folder / where).mkdir(exist_ok=True)
            path.replace(self._folder / where / path.name)
        except OSError as why:
            log.warning(f"table {path.name} is {where} and cannot be put there ({why}): take it away")
            return False
        log.info(f"table {path.name} is in {where}")
        return True
