"""Nowcasts of a recording: `nowcast.ndjson` beside its events, in order of arrival."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.envelope import Instant, Name
from talaia.contracts.waste import Nowcast, Nowcasted
from talaia.stream.processor import Message

NOWCAST_FILE = "nowcast.ndjson"


class NowcastLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of it. received: when it reached the door; mm: of each step from issued_at on."""

    issued_at: Instant
    received: Instant
    gauge: Name
    step_min: float
    mm: list[float]


def recorded(path: Path, catchment_of: Callable[[str], str | None], source: str) -> Iterator[Message]:
    """Its nowcasts as events; none without the file. Raises ValueError that names file and line."""
    if not path.is_file():
        return
    decode = msgspec.json.Decoder(NowcastLine).decode
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            try:
                line = decode(text)
                catchment = catchment_of(line.gauge)
                if catchment is None:
                    raise ValueError(f"no catchment has gauge {line.gauge!r}: add it to the city file")
                said = {"issued_at": line.issued_at, "step_min": line.step_min, "mm": line.mm}
                data = msgspec.convert({"catchment": catchment, "gauge": line.gauge, **said}, Nowcast)
            except (msgspec.DecodeError, ValueError) as error:
                raise ValueError(f"{path}, line {number}: {error}") from None
            yield Message(
                MEASUREMENTS,
                catchment,
                Nowcasted(
                    id=f"nowcast {number}",
                    source=source,
                    subject=line.gauge,
                    time=line.issued_at,
                    recordedtime=line.received,
                    data=data,
                ),
            )
