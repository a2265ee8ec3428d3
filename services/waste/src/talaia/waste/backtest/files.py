"""The files of a backtest: the events that the service would have published, and what its forecasts are scored by."""

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from talaia.contracts import alerts, equipment, scores, spills, waste
from talaia.contracts.catalogue import EQUIPMENT, FORECASTS, MEASUREMENTS, READINGS, SCORES, SIGNALS, SPILLS
from talaia.contracts.envelope import Envelope
from talaia.stream.folding.records import Outgoing, Reject
from talaia.waste.backtest.spells import Alerts
from talaia.waste.ingest.bad_lines import BadLine
from talaia.waste.ingest.city_entries import City


class ReadingLine(msgspec.Struct, frozen=True):
    """A line of `readings.ndjson`."""

    id: int | str
    flag: int
    test: str | None
    issued_at: datetime


class ForecastLine(msgspec.Struct, frozen=True):
    """A line of `forecasts.ndjson`. interval: minutes, four of five times to overflow fall between."""

    site: str
    issued_at: datetime
    minutes_to_overflow: float | None
    interval: tuple[float, float] | None
    probability: float | None


class SpillLine(msgspec.Struct, frozen=True):
    """A line of `spills.ndjson`; of a spill the last one counts."""

    spill_id: str
    site: str
    start: str
    end: str | None
    issued_at: datetime
    volume_m3: float | None
    volume_method: str
    dry_weather: bool | None
    provisional: bool
    withdrawn: bool


class Files:
    """The files of a backtest. rejected: how many lines and events until now."""

    def __init__(self, out: Path, city: City) -> None:
        self._out = out
        self._stack = ExitStack()
        self._encode = msgspec.json.Encoder().encode
        self.rejected = 0
        self._alerts = Alerts(city)
        topics: dict[str, Any] = {
            READINGS.name: waste.Read,
            FORECASTS.name: waste.Forecasted,
            SPILLS.name: spills.SpillRecorded | spills.MonthWatched,
            SIGNALS.name: alerts.Signalled | alerts.Alive,
            SCORES.name: scores.Scored,
            EQUIPMENT.name: equipment.Assessed,
        }
        self._decode = {topic: msgspec.json.Decoder(event).decode for topic, event in topics.items()}
        names = (*topics, MEASUREMENTS.rejected.name, "readings", "forecasts", "spills")
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
            self._reject({"offset": reject.record.offset, "reason": reject.reason, "detail": reject.detail})

    def put_aside(self, bad: BadLine) -> None:
        """A line of the recording that says no event."""
        self._reject({"file": bad.file, "line": bad.number, "reason": bad.reason, "detail": bad.detail})

    def _reject(self, line: dict[str, Any]) -> None:
        self.rejected += 1
        self._files[MEASUREMENTS.rejected.name].write(self._encode(line) + b"\n")

    def _score(self, event: Envelope) -> None:
        match event:
            case waste.Read(data=reading):
                line = ReadingLine(_id(reading.measurement), reading.flag, reading.test or None, event.recordedtime)
                self._files["readings"].write(self._encode(line) + b"\n")
            case waste.Forecasted(data=forecast):
                self._files["forecasts"].write(self._encode(_forecast_line(forecast)) + b"\n")
            case spills.SpillRecorded(data=spill):
                self._files["spills"].write(self._encode(_spill_line(spill, event.recordedtime)) + b"\n")
            case alerts.Signalled(data=signal):
                self._alerts.take(signal, event.recordedtime)


def _forecast_line(forecast: waste.Forecast) -> ForecastLine:
    interval = None
    if not isinstance(forecast.soonest_min, msgspec.UnsetType) and not isinstance(forecast.latest_min, msgspec.UnsetType):
        interval = forecast.soonest_min, forecast.latest_min
    probability = None if isinstance(forecast.probability, msgspec.UnsetType) else forecast.probability
    return ForecastLine(forecast.site, forecast.issued_at, forecast.minutes_to_overflow, interval, probability)


def _spill_line(spill: spills.Spill, said_at: datetime) -> SpillLine:
    return SpillLine(
        spill.spill_id,
        spill.site,
        _second(spill.start),
        None if spill.end is None else _second(spill.end),
        said_at,
        spill.volume_m3,
        spill.volume_method,
        spill.dry_weather,
        spill.provisional,
        spill.withdrawn,
    )


def _second(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _id(measurement: str) -> int | str:
    """A recording's ids are numbers, which travel as text."""
    return int(measurement) if measurement.isdecimal() and str(int(measurement)) == measurement else measurement
