"""Nowcasts of rain: as they come in, one or many at once, and of a recording, `nowcast.ndjson` beside its events."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.envelope import Instant, Name
from talaia.contracts.waste import Nowcast, Nowcasted
from talaia.stream.processor import Message
from talaia.waste.ingest.bad_lines import BadLine, PutAside
from talaia.waste.ingest.batches import Batch, judged
from talaia.waste.model import acceptance
from talaia.waste.model.acceptance import Refusal
from talaia.waste.model.policy import Policy

NOWCAST_FILE = "nowcast.ndjson"


class NowcastItem(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who sees rain coming says of a gauge. mm: of each step of step_min minutes from issued_at on."""

    gauge: Name
    issued_at: Instant
    step_min: float
    mm: list[float]


class NowcastLine(NowcastItem, frozen=True, kw_only=True):
    """The same in a recording. received: when it reached the door."""

    received: Instant


def accept(
    items: Sequence[object], *, source: str, now: datetime, catchment_of: Mapping[str, str], policy: Policy | None = None
) -> Batch:
    """Judge nowcasts from one source that arrived at `now`. items: decoded JSON objects. catchment_of: by gauge.

    One that is sent again has the same identity: its gauge, and when it was issued. Raises TooMany; whatever else is wrong
    is the answer of its item.
    """
    limits = policy or Policy()
    return judged(items, lambda raw: _take(raw, source, now, catchment_of, limits), "nowcasts")


def _take(raw: object, source: str, now: datetime, catchment_of: Mapping[str, str], limits: Policy) -> Message | Refusal:
    try:
        item = msgspec.convert(raw, NowcastItem)
        catchment = catchment_of.get(item.gauge)
        said = _said(item, catchment or item.gauge)
    except msgspec.ValidationError as error:
        return Refusal("schema", str(error))
    if catchment is None:
        return Refusal("unknown_gauge", "no configured catchment has this rain gauge")
    name = f"{item.gauge}@{item.issued_at.isoformat()}"
    refusal = acceptance.refusal(item.issued_at, now, sum(item.mm), source + name, item.gauge, limits)
    return refusal or _message(said, name, source, now)


def recorded(path: Path, catchment_of: Callable[[str], str | None], source: str, bad: PutAside) -> Iterator[Message]:
    """Those of a recording as events; none without the file. bad: hears of each line that says none."""
    if not path.is_file():
        return
    decode = msgspec.json.Decoder(NowcastLine).decode
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            try:
                line = decode(text)
                catchment = catchment_of(line.gauge)
                said = _said(line, catchment or line.gauge)
            except (msgspec.DecodeError, ValueError) as error:
                bad(BadLine(path, number, error))
                continue
            if catchment is None:
                why = f"no catchment has gauge {line.gauge!r}: add it to the city file"
                bad(BadLine(path, number, why, "unknown_gauge"))
                continue
            yield _message(said, f"nowcast {number}", source, line.received)


def _said(item: NowcastItem, catchment: str) -> Nowcast:
    """Raises msgspec.ValidationError."""
    said = {"gauge": item.gauge, "issued_at": item.issued_at, "step_min": item.step_min, "mm": item.mm}
    return msgspec.convert({"catchment": catchment, **said}, Nowcast)


def _message(said: Nowcast, name: str, source: str, now: datetime) -> Message:
    event = Nowcasted(id=name, source=source, subject=said.gauge, time=said.issued_at, recordedtime=now, data=said)
    return Message(MEASUREMENTS, said.catchment, event)
