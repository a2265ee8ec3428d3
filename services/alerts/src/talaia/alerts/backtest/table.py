"""The difference that another register makes, as text."""

from collections.abc import Iterable, Sequence
from typing import Any

MOST = 30
_LISTS = {
    "missed": "Missed: announced as it is, not against",
    "new": "New: not announced as it is, but against",
    "moved": "Earlier (-) or later (+) than as it is",
    "priority": "Of another priority",
}


def written(difference: dict[str, Any]) -> str:
    """Load by position and announcements by kind as tables, then what changed, of each list the first ones."""
    parts = ["Load by position", *_table(("position", "figure", "as it is", "against"), _load(difference["positions"])), ""]
    kinds = ((kind, *counts.values()) for kind, counts in difference["kinds"].items())
    parts += ["Announcements by kind", *_table(("kind", "as it is", "against", "missed", "new"), kinds)]
    for name, heading in _LISTS.items():
        changes = difference[name]
        parts += ["", f"{heading}: {len(changes)}", *map(_line, changes[:MOST])]
        if len(changes) > MOST:
            parts.append(f"  and {len(changes) - MOST} more, in difference.json")
    return "\n".join(parts) + "\n"


def _load(positions: dict[str, Any]) -> Iterable[tuple[str, str, float, float]]:
    for position, figures in positions.items():
        for figure, both in figures.items():
            yield position, figure.replace("_", " "), both["now"], both["against"]


def _line(change: Any) -> str:
    more = ""
    if change.later_s:
        more += f", {change.later_s:+.0f} s"
    if change.priority and change.other_priority and change.priority is not change.other_priority:
        more += f", {change.priority.value} became {change.other_priority.value}"
    return f"  {change.first_at:%Y-%m-%d %H:%M:%S}  {change.condition_id}{more}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    lines = [[str(cell) if isinstance(cell, str) else f"{cell:g}" for cell in row] for row in (heads, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
