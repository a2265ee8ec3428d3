"""The table, read as data: the first row whose guard holds."""

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

from support.house import ROOT

TABLE = ROOT / "services/alerts/src/talaia/alerts/model/alarm_states.csv"
REGIONS = ("condition", "freshness", "design", "acknowledgement", "shelf", "service")
Row = dict[str, str]


@cache
def rows(path: Path = TABLE) -> dict[tuple[str, str, str], list[Row]]:
    found: dict[tuple[str, str, str], list[Row]] = {}
    with path.open(encoding="utf-8") as text:
        for row in csv.DictReader(text):
            if row["region"] in REGIONS:
                found.setdefault((row["region"], row["from"], row["event"]), []).append(row)
    return found


def row_of(region: str, state: str, event: str, holds: Callable[[str], bool]) -> Row | None:
    """The row taken, None when the region does not listen to the event."""
    listed = rows().get((region, state, event), [])
    for row in listed:
        words = [word.strip() for word in row["guard"].split(";") if word.strip()]
        if all(holds(word.removeprefix("else ")) for word in words):
            return row
    assert not listed, f"no row of {region}.{state}.{event} holds"
    return None
