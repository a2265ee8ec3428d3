"""A recording: a folder with `signals.ndjson`, perhaps `acts.ndjson`, and the register `alarms.toml`.

A line is the event's data with the envelope's `time`, `recordedtime` and `source` beside it.
"""

import hashlib
import heapq
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from talaia.alerts.ingest.register import RegisterFile, configured
from talaia.contracts.alerts import Acted, Alive, PolicyConfigured, Signalled
from talaia.contracts.catalogue import ACTS, SIGNALS, Topic
from talaia.contracts.envelope import Envelope, Instant, Name, type_of
from talaia.stream.processor import Message

SIGNALS_FILE = "signals.ndjson"
ACTS_FILE = "acts.ndjson"
_ENVELOPE = ("signal_id", "act_id", "area", "source", "time", "recordedtime")


class Head(msgspec.Struct, frozen=True):
    """What every line needs to find its place; the rest is judged by the reader of its topic."""

    area: Name
    recordedtime: Instant


class Line(NamedTuple):
    """A line of a recording as a record of its topic."""

    topic: Topic
    area: str
    recordedtime: datetime
    value: bytes


class Recording:
    """A recording, opened. register: policy of its areas, None for none."""

    def __init__(self, folder: Path, register: RegisterFile | None) -> None:
        self.folder = folder
        self.register = register
        files = [path for path in (folder / SIGNALS_FILE, folder / ACTS_FILE) if path.is_file()]
        if not files or files[0].name != SIGNALS_FILE:
            raise ValueError(f"{folder}: there is no {SIGNALS_FILE}: a recording of alarms has one")
        digest = hashlib.sha256()
        self.lines = 0
        for path in files:
            with path.open("rb") as file:
                for line in file:
                    digest.update(line)
                    self.lines += bool(line.strip())
        if not self.lines:
            raise ValueError(f"{folder}: no recording: {SIGNALS_FILE} holds no event")
        self.source = f"urn:sha256:{digest.hexdigest()}"
        self._acts = len(files) > 1

    def records(self) -> Iterator[Line]:
        """Register of each area before its first line, then the lines by recorded time, signals before acts.

        Raises ValueError that names file and line.
        """
        files = [self._read(SIGNALS_FILE, SIGNALS)] + ([self._read(ACTS_FILE, ACTS)] if self._acts else [])
        known: set[str] = set()
        for line in heapq.merge(*files, key=lambda line: line.recordedtime):
            if line.area not in known and self.register is not None:
                told = configured(
                    self.register, area=line.area, source=self.source, decided_by="recording", now=line.recordedtime
                )
                yield Line(ACTS, line.area, line.recordedtime, msgspec.json.encode(told.event))
            known.add(line.area)
            yield line

    def messages(self) -> Iterator[Message]:
        """The same as events. Raises ValueError that says what a line breaks."""
        decoder: msgspec.json.Decoder[Envelope] = msgspec.json.Decoder(Signalled | Alive | Acted | PolicyConfigured)
        for line in self.records():
            try:
                yield Message(line.topic, line.area, decoder.decode(line.value))
            except msgspec.DecodeError as error:
                raise ValueError(f"{self.folder}: a line recorded at {line.recordedtime.isoformat()}: {error}") from None

    def _read(self, name: str, topic: Topic) -> Iterator[Line]:
        path = self.folder / name
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                if not text.strip():
                    continue
                try:
                    said: dict[str, Any] = msgspec.json.decode(text, type=dict)
                    head = msgspec.convert(said, Head)
                except msgspec.DecodeError as error:
                    raise ValueError(f"{path}, line {number}: {error}") from None
                yield Line(topic, head.area, head.recordedtime, msgspec.json.encode(self._event(topic, said)))

    def _event(self, topic: Topic, said: dict[str, Any]) -> dict[str, Any]:
        """The line in its envelope."""
        alive = said.get("state") == "alive"
        kind = Acted if topic is ACTS else Alive if alive else Signalled
        return {
            "type": type_of(kind),
            "specversion": "1.0",
            "id": said.get("act_id" if topic is ACTS else "signal_id"),
            "source": said.get("source", self.source),
            "time": said.get("time"),
            "recordedtime": said["recordedtime"],
            "data": {name: value for name, value in said.items() if name not in _ENVELOPE},
        }
