"""`alarm_states.csv` as a table: the states of an alarm are data, the code gives only the meaning of its words."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

REGIONS = ("condition", "freshness", "design", "acknowledgement", "shelf", "service")
"""In the order in which they take an event."""


@dataclass(frozen=True, slots=True)
class Row:
    """One transition. name: `region.from.event`, with `.1`, `.2` where there are several. to: equal to `state` if it stays."""

    name: str
    region: str
    state: str
    event: str
    guards: tuple[str, ...]
    to: str
    effects: tuple[str, ...]

    @property
    def journalled(self) -> bool:
        """Whether taking it is worth an entry: it changes the state, or has an effect that people ask about."""
        return self.to != self.state or not UNREMARKABLE.issuperset(self.effects)


UNREMARKABLE = frozenset({"none", "count", "restart expiry", "stop acknowledgement"})


class Table:
    """All rows, in the order in which they are tried."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self.rows = rows
        self._found: dict[tuple[str, str, str], tuple[Row, ...]] = {}
        for row in rows:
            key = (row.region, row.state, row.event)
            self._found[key] = (*self._found.get(key, ()), row)

    def of(self, region: str, state: str, event: str) -> tuple[Row, ...]:
        """Rows of one region, state and event; empty where the region does not know the event."""
        return self._found.get((region, state, event), ())


@cache
def table() -> Table:
    """The table that this package ships."""
    text = files(__package__).joinpath("alarm_states.csv").read_text(encoding="utf-8")
    lines = list(csv.DictReader(text.splitlines()))
    keys = [(line["region"], line["from"], line["event"]) for line in lines]
    rows = []
    for number, (line, key) in enumerate(zip(lines, keys, strict=True)):
        several = f".{keys[: number + 1].count(key)}" if keys.count(key) > 1 else ""
        rows.append(
            Row(
                name=".".join(word for word in key if word) + several,
                region=line["region"],
                state=line["from"],
                event=line["event"],
                guards=_words(line["guard"]),
                to=line["to"],
                effects=_words(line["effects"]),
            )
        )
    return Table(tuple(rows))


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in cell.split(";") if word.strip())
