"""The worker's step over a recording, without a broker: what it would have published, and what each input came to.

Of a folder of recordings each is run from nothing, to the folder of its name.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from talaia.alerts.ingest.recording import SIGNALS_FILE, Recording
from talaia.alerts.ingest.register import REGISTER_FILE, RegisterFile, recorded_register
from talaia.alerts.model.outcomes import Look
from talaia.alerts.model.shown import shown
from talaia.alerts.view.kpis import kpis, whole_periods
from talaia.alerts.worker.stream import AlertsProcessor
from talaia.contracts.catalogue import ACTS, ALARMS, INCIDENTS, JOURNAL, SIGNALS
from talaia.contracts.incidents import IncidentStands
from talaia.contracts.journal import Journalled
from talaia.stream.folding.memory import MemoryRun
from talaia.stream.folding.records import Outgoing, Reject
from talaia.stream.partitioning import partition_of
from talaia.stream.service import Advance

_CHUNK = 1_000
_BEGINNING = "0" * 64


def backtest(recording: Path, out: Path, city: Path | None, advance: Advance) -> int:
    """Run a recording, or each of a folder, and write what follows to `out`: how many were rejected. Raises ValueError."""
    rejected = 0
    for folder, to, told in each(recording, out, advance):
        run = played(folder, register_of(folder, city), told)
        run.write(to)
        rejected += len(run.rejects)
    return rejected


def each(recording: Path, out: Path, advance: Advance) -> Iterator[tuple[Path, Path, Advance]]:
    """A recording, or those of a folder: where each is, where its results go, and whom to tell of it. Raises ValueError."""
    several = [recording] if (recording / SIGNALS_FILE).is_file() else sorted(_recordings(recording))
    if not several:
        raise ValueError(f"{recording}: neither {SIGNALS_FILE} nor folders that have one")
    for number, folder in enumerate(several):
        to = out if folder is recording else out / folder.name
        yield folder, to, lambda share, done=number: advance((done + share) / len(several))  # type: ignore[misc]


def played(folder: Path, register: RegisterFile | None, advance: Advance) -> "Run":
    """A recording, played under a register. Raises ValueError."""
    run = Run(Recording(folder, register))
    run.play(advance)
    return run


def register_of(folder: Path, city: Path | None) -> RegisterFile | None:
    """The register of a recording: its own, else the city's, else none. Raises ValueError."""
    of = next((each for each in (folder, city) if each is not None and (each / REGISTER_FILE).is_file()), None)
    return None if of is None else recorded_register(of)


def _recordings(folder: Path) -> Iterator[Path]:
    return (path.parent for path in folder.glob(f"*/{SIGNALS_FILE}"))


class Run:
    """One recording from nothing. span: recorded time of its first and last line."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._run = MemoryRun(AlertsProcessor(watch=self._look))
        self._looks: list[Look] = []
        self._said: list[Outgoing] = []
        self.rejects: list[Reject] = []
        self.span: tuple[datetime, datetime] | None = None

    def play(self, advance: Advance) -> None:
        """Let the worker's step take every line, in recorded order."""
        done = 0
        for (topic, area), lines in groupby(self._recording.records(), key=lambda line: (line.topic.name, line.area)):
            taken = list(lines)
            self.span = self.span[0] if self.span else taken[0].recordedtime, taken[-1].recordedtime
            key = area.encode()
            for cut in self._run.take(topic, partition_of(key, SIGNALS.partitions), [(key, line.value) for line in taken]):
                self._said += cut.messages
                self.rejects += cut.rejects
            done += len(taken)
            advance(min(done / max(self._recording.lines, 1), 1.0))

    def _look(self, look: Look) -> None:
        self._looks.append(look)

    def write(self, out: Path) -> None:
        """A file a topic, the state lines and the journal as a chain."""
        out.mkdir(parents=True, exist_ok=True)
        for topic in (ALARMS, JOURNAL, INCIDENTS):
            _lines(out / f"{topic.name}.ndjson", (said.value for said in self._said if said.topic == topic.name))
        for topic in (SIGNALS, ACTS):
            rejected = (reject for reject in self.rejects if reject.topic == topic.name)
            _lines(out / f"{topic.rejected.name}.ndjson", (_rejected(reject) for reject in rejected))
        looks = sorted(self._looks, key=lambda look: look.at)
        _lines(out / "states.ndjson", (msgspec.json.encode(state_line(look)) for look in looks))
        _lines(out / "journal.ndjson", _chained(self.entries()))
        figures = self.kpis()
        if figures is not None:
            (out / "kpis.json").write_bytes(msgspec.json.format(msgspec.json.encode(figures)) + b"\n")
        _lines(out / "incidents.ndjson", self._incidents())

    def _incidents(self) -> Iterator[bytes]:
        """A line a change, in the order of things."""
        decode = msgspec.json.Decoder(IncidentStands).decode
        for said in self._said:
            if said.topic == INCIDENTS.name:
                event = decode(said.value)
                incident = event.data
                line = {
                    "at": event.time,
                    "incident_id": incident.incident_id,
                    "first_out": incident.first_out,
                    "members": incident.members,
                    "merged_into": incident.merged_into or None,
                }
                yield msgspec.json.encode(line)

    def kpis(self) -> dict[str, Any] | None:
        """Alarm load between the marks of ten minutes around the recording, None where nothing was played."""
        return None if self.span is None else kpis((entry.data for entry in self.entries()), *whole_periods(*self.span))

    def entries(self) -> list[Journalled]:
        """The journal, in the order of its time."""
        decode = msgspec.json.Decoder(Journalled).decode
        return sorted((decode(said.value) for said in self._said if said.topic == JOURNAL.name), key=lambda entry: entry.data.at)


def _chained(entries: Iterable[Journalled]) -> Iterator[bytes]:
    """Each line with the hash of the one before, so that one that was cut out shows."""
    previous = _BEGINNING
    for entry in entries:
        line = msgspec.json.encode({"id": entry.id, "previous": previous} | msgspec.to_builtins(entry.data))
        previous = hashlib.sha256(line).hexdigest()
        yield line


def _rejected(reject: Reject) -> bytes:
    return msgspec.json.encode({"offset": reject.record.offset, "reason": reject.reason, "detail": reject.detail})


def _lines(path: Path, lines: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(line + b"\n" for line in lines)


def state_line(look: Look) -> dict[str, Any]:
    """A line of `states.ndjson`; of an unknown alarm nothing is known."""
    alarm = look.alarm
    standing = alarm.standing if alarm else None
    regions = ("condition", "freshness", "acknowledgement", "shelf", "design", "service", "priority", "activation_id")
    return {
        "at": look.at,
        "cause_type": look.cause.type,
        "cause_id": look.cause.id,
        "condition_id": look.condition_id,
        "alarm_id": look.alarm_id,
        "shown": shown(standing) if standing else None,
        **{name: getattr(standing, name, None) for name in regions},
        "chattering": standing.chattering if standing else None,
        "announced": look.announced,
        "silent": look.silent,
        "refused": look.refused,
        "answer": look.answer,
        "ignored": look.ignored,
        "notes": look.notes,
        "version": alarm.version if alarm else None,
    }
