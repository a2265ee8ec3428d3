"""The worker's steps over a recording, without a broker, as fast as they go.

Written are the events that the service would have published, one file a topic, and the files that its forecasts are
scored by: alerts, forecasts, readings. Every time in them is the stream clock at which the line was said.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from talaia.contracts import alerts, waste
from talaia.contracts.catalogue import FORECASTS, MEASUREMENTS, READINGS, SIGNALS
from talaia.contracts.envelope import Envelope
from talaia.contracts.vocabulary import SignalState
from talaia.stream.folding.memory import MemoryRun
from talaia.stream.folding.records import Outgoing, Reject
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message
from talaia.stream.service import Advance
from talaia.waste.decide.signals import OVERFLOW_EXPECTED, OVERFLOW_STARTED
from talaia.waste.ingest.city import read_city
from talaia.waste.ingest.recording import Recording
from talaia.waste.model.outcomes import Step
from talaia.waste.model.parts import CATCHMENT
from talaia.waste.worker.stream import WasteProcessor

_CHUNK = 1_000
_WARNED = (OVERFLOW_EXPECTED, OVERFLOW_STARTED)


def backtest(recording: Path, out: Path, city: Path | None, advance: Advance) -> None:
    """Run a recording, with its own sites or the city's, and write what follows to `out`. Raises ValueError."""
    played = Recording(recording, None if city is None else read_city(city))
    out.mkdir(parents=True, exist_ok=True)
    processor = TimedProcessor()
    started = time.perf_counter()
    run = MemoryRun(processor)
    messages = played.messages()
    done = 0
    with Files(out) as files:
        while chunk := list(islice(messages, _CHUNK)):
            for partition, records in _by_partition(chunk).items():
                for cut in run.take(MEASUREMENTS.name, partition, records):
                    files.write(cut.messages, cut.rejects)
            done += len(chunk)
            advance(min(done / max(played.lines, 1), 1.0))
    cost = Cost(processor.site_steps, processor.step_s, played.lines, time.perf_counter() - started)
    (out / "cost.json").write_bytes(msgspec.json.encode(cost))


class Cost(msgspec.Struct, frozen=True):
    """What a backtest cost: slots closed by sites, seconds in the step, readings, seconds of the whole."""

    site_steps: int
    step_s: float
    events: int
    wall_s: float


class TimedProcessor(WasteProcessor):
    """The worker's processor, with a stopwatch."""

    def __init__(self) -> None:
        super().__init__()
        self.site_steps = 0
        self.step_s = 0.0

    def on_event(self, key: str, parts: Mapping[str, Any], event: Any, now: datetime) -> Step:
        """As the worker's."""
        started = time.perf_counter()
        step = super().on_event(key, parts, event, now)
        self.step_s += time.perf_counter() - started
        return step

    def on_wake(self, key: str, parts: Mapping[str, Any], names: tuple[str, ...], now: datetime) -> Step:
        """As the worker's."""
        started = time.perf_counter()
        step = super().on_wake(key, parts, names, now)
        self.step_s += time.perf_counter() - started
        self.site_steps += len(names) - (CATCHMENT in names)
        return step


def _by_partition(chunk: list[Message]) -> dict[int, list[tuple[bytes, bytes]]]:
    records: dict[int, list[tuple[bytes, bytes]]] = {}
    encode = msgspec.json.Encoder().encode
    for message in chunk:
        key = message.key.encode()
        records.setdefault(partition_of(key, MEASUREMENTS.partitions), []).append((key, encode(message.event)))
    return records


class Files:
    """The files of a backtest."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._stack = ExitStack()
        self._encode = msgspec.json.Encoder().encode
        self._alerts = Alerts()
        topics: dict[str, Any] = {
            READINGS.name: waste.Read,
            FORECASTS.name: waste.Forecasted,
            SIGNALS.name: alerts.Signalled | alerts.Alive,
        }
        self._decode = {topic: msgspec.json.Decoder(event).decode for topic, event in topics.items()}
        names = (*topics, MEASUREMENTS.rejected.name, "readings", "forecasts")
        self._files = {name: self._stack.enter_context((out / f"{name}.ndjson").open("wb")) for name in names}

    def __enter__(self) -> "Files":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        lines = [self._encode(alert) + b"\n" for alert in self._alerts.lines()]
        (self._out / "alerts.ndjson").write_bytes(b"".join(lines))

    def write(self, said: list[Outgoing], rejects: list[Reject]) -> None:
        """What one slice led to."""
        for message in said:
            self._files[message.topic].write(message.value + b"\n")
            self._score(self._decode[message.topic](message.value))
        for reject in rejects:
            line = {"offset": reject.record.offset, "reason": reject.reason, "detail": reject.detail}
            self._files[MEASUREMENTS.rejected.name].write(self._encode(line) + b"\n")

    def _score(self, event: Envelope) -> None:
        match event:
            case waste.Read(data=reading):
                line = ReadingLine(_id(reading.measurement), reading.flag, reading.test or None, event.recordedtime)
                self._files["readings"].write(self._encode(line) + b"\n")
            case waste.Forecasted(data=forecast):
                said = ForecastLine(forecast.site, forecast.issued_at, forecast.minutes_to_overflow)
                self._files["forecasts"].write(self._encode(said) + b"\n")
            case alerts.Signalled(data=signal) if signal.kind in _WARNED:
                self._alerts.take(signal, event.recordedtime)


class ReadingLine(msgspec.Struct, frozen=True):
    """A line of `readings.ndjson`."""

    id: int | str
    flag: int
    test: str | None
    issued_at: datetime


class ForecastLine(msgspec.Struct, frozen=True):
    """A line of `forecasts.ndjson`; interval and probability are not worked out."""

    site: str
    issued_at: datetime
    minutes_to_overflow: float | None
    interval: tuple[float, float] | None = None
    probability: float | None = None


class AlertLine(msgspec.Struct):
    """A line of `alerts.ndjson`: a warning, held through the overflow it became."""

    site: str
    kind: str
    raised: datetime
    cleared: datetime | None
    minutes_to_overflow: float | None
    probability: float | None = None


class Alerts:
    """Warnings and overflows of each site as spells: open while either of its conditions is."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[AlertLine, set[str]]] = {}
        self._lines: list[AlertLine] = []

    def take(self, signal: alerts.Signal, said_at: datetime) -> None:
        """A signal of one of the two conditions."""
        site = signal.subject
        if signal.state is SignalState.BEGAN and site not in self._open:
            expected = signal.expected_at or said_at
            alert = AlertLine(site, "overflow", said_at, None, max((expected - said_at).total_seconds() / 60, 0.0))
            self._lines.append(alert)
            self._open[site] = alert, set()
        if site not in self._open:
            return
        alert, standing = self._open[site]
        if signal.state in (SignalState.BEGAN, SignalState.CHANGED):
            standing.add(signal.condition_id)
        else:
            standing.discard(signal.condition_id)
            standing.update([signal.became] if signal.became else [])
        if not standing:
            alert.cleared = said_at
            del self._open[site]

    def lines(self) -> list[AlertLine]:
        """In order of beginning."""
        return sorted(self._lines, key=lambda alert: (alert.raised, alert.site))


def _id(measurement: str) -> int | str:
    """A recording's ids are numbers, which travel as text."""
    return int(measurement) if measurement.isdecimal() and str(int(measurement)) == measurement else measurement
