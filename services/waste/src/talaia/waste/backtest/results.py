"""The events that a backtest wrote, read again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec


def events(folder: Path, topic: str, kind: Any) -> Iterator[Any]:
    """What was said on a topic, in order. kind: the event types. Raises ValueError when the folder has no backtest."""
    path = folder / f"{topic}.ndjson"
    if not path.is_file():
        raise ValueError(f"{folder}: no backtest: it has no {path.name}; make one by `talaia backtest waste RECORDING --out DIR`")
    decode = msgspec.json.Decoder(kind).decode
    with path.open("rb") as file:
        yield from map(decode, file)
