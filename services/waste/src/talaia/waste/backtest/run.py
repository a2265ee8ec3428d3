"""The worker's steps over a recording, without a broker, as fast as they go.

Written are the events that the service would have published, one file a topic, and the files that its forecasts are
scored by: alerts, forecasts, readings. Every time in them is the stream clock at which the line was said.
"""

import time
from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from talaia.contracts.catalogue import MEASUREMENTS
from talaia.stream.folding.memory import MemoryRun
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message
from talaia.stream.service import Advance
from talaia.waste.backtest.files import Files
from talaia.waste.ingest.city import read_city
from talaia.waste.ingest.recording import Recording
from talaia.waste.model.events import Configuration, Measurement, Nowcast, Wake
from talaia.waste.model.outcomes import Step
from talaia.waste.model.parts import CATCHMENT, Part
from talaia.waste.worker.stream import WasteProcessor

_CHUNK = 1_000


def backtest(recording: Path, out: Path, city: Path | None, advance: Advance) -> int:
    """Run a recording, with its own sites or the city's, and write what follows to `out`: how many were rejected.

    Raises ValueError when it is no recording.
    """
    played = Recording(recording, None if city is None else read_city(city))
    out.mkdir(parents=True, exist_ok=True)
    processor = TimedProcessor()
    started = time.perf_counter()
    run = MemoryRun(processor)
    done = 0
    with Files(out, played.city) as files:
        messages = played.messages(files.put_aside)
        while chunk := list(islice(messages, _CHUNK)):
            for partition, records in _by_partition(chunk).items():
                for cut in run.take(MEASUREMENTS.name, partition, records):
                    files.write(cut.messages, cut.rejects)
            done += len(chunk)
            advance(min(done / max(played.lines, 1), 1.0))
    cost = Cost(processor.site_steps, processor.step_s, played.lines, time.perf_counter() - started)
    (out / "cost.json").write_bytes(msgspec.json.encode(cost))
    return files.rejected


class Cost(msgspec.Struct, frozen=True):
    """What a backtest cost: slots closed by sites, seconds in the step, readings, seconds of the whole."""

    site_steps: int
    step_s: float
    events: int
    wall_s: float


class TimedProcessor(WasteProcessor):
    """The worker's processor, with a stopwatch on the domain's step: what the bus costs besides, other benchmarks measure."""

    def __init__(self) -> None:
        super().__init__()
        self.site_steps = 0
        self.step_s = 0.0

    def step(self, parts: Mapping[str, Part], told: Measurement | Nowcast | Configuration | Wake, now: datetime) -> Step:
        """As the worker's."""
        started = time.perf_counter()
        step = super().step(parts, told, now)
        self.step_s += time.perf_counter() - started
        if isinstance(told, Wake):
            self.site_steps += len(told.parts) - (CATCHMENT in told.parts)
        return step


def _by_partition(chunk: list[Message]) -> dict[int, list[tuple[bytes, bytes]]]:
    records: dict[int, list[tuple[bytes, bytes]]] = {}
    encode = msgspec.json.Encoder().encode
    for message in chunk:
        key = message.key.encode()
        records.setdefault(partition_of(key, MEASUREMENTS.partitions), []).append((key, encode(message.event)))
    return records
