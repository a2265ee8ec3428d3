"""What another register would have made of a recording: load, floods, alarms that are missed, new, late, otherwise urgent.

Announcements are compared by activation, whose id is that of the signal that began it, whatever the delays.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from talaia.alerts.backtest.plot import Bells, draw, drawable
from talaia.alerts.backtest.run import Run, each, played, register_of
from talaia.alerts.backtest.table import written
from talaia.alerts.ingest.register import REGISTER_FILE, recorded_register
from talaia.contracts.journal import Journalled, Transition
from talaia.contracts.vocabulary import Priority
from talaia.stream.service import Advance

OTHER_FOLDER = "against"
LOAD = ("announcements", "per_10min_max", "periods_above_10", "activations", "longest_flood_s")


class Bell(NamedTuple):
    """The first announcement of an activation, and the number of all of them."""

    at: datetime
    condition_id: str
    kind: str
    position: str
    priority: Priority | None
    announcements: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """An activation that is announced otherwise; without a bell under one of the registers it is missed, or new.

    later_s: how much later the first bell is under the other register.
    """

    condition_id: str
    kind: str
    position: str
    at: datetime | None
    other_at: datetime | None
    later_s: float | None
    priority: Priority | None
    other_priority: Priority | None

    @property
    def first_at(self) -> datetime:
        """The first bell, under whichever register."""
        at = self.at or self.other_at
        assert at is not None
        return at


def compare(recording: Path, out: Path, city: Path | None, against: Path, advance: Advance) -> int:
    """Run a recording, or each of a folder, under its register and under another, `alarms.toml` or its folder.

    Writes what a backtest writes to `out`, the same of the other register to `out`/against, and the difference as
    difference.json, .txt and .svg: how many lines were rejected under the register that holds. Raises ValueError.
    """
    other = recorded_register(_folder(against))
    rejected = 0
    for folder, to, told in each(recording, out, advance):
        one = played(folder, register_of(folder, city), lambda share, told=told: told(share / 2))  # type: ignore[misc]
        two = played(folder, other, lambda share, told=told: told(0.5 + share / 2))  # type: ignore[misc]
        one.write(to)
        two.write(to / OTHER_FOLDER)
        _write(one, two, to)
        rejected += len(one.rejects)
    return rejected


def _folder(against: Path) -> Path:
    if against.is_file() and against.name != REGISTER_FILE:
        raise ValueError(f"{against}: give {REGISTER_FILE}, or the folder that holds it")
    return against.parent if against.is_file() else against


def _write(one: Run, two: Run, to: Path) -> None:
    found = difference(one, two)
    (to / "difference.json").write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    (to / "difference.txt").write_text(written(found), "utf-8")
    if one.span is not None and drawable():
        bells = [Bells(name, _times(run)) for name, run in (("as it is", one), ("against", two))]
        draw(bells, *one.span, to / "difference.svg")


def difference(one: Run, two: Run) -> dict[str, Any]:
    """Two runs of one recording: load by position, announcements by kind, and each activation that is announced otherwise."""
    before, after = bells(one.entries()), bells(two.entries())
    changes = sorted(
        (_change(before.get(name), after.get(name)) for name in before.keys() | after.keys()),
        key=lambda change: (change.first_at, change.condition_id),
    )
    load, other_load = ((run.kpis() or {"positions": {}})["positions"] for run in (one, two))
    return {
        "positions": {name: _load(load.get(name), other_load.get(name)) for name in sorted(load.keys() | other_load.keys())},
        "kinds": _by_kind(before.values(), after.values(), changes),
        "missed": [change for change in changes if change.other_at is None],
        "new": [change for change in changes if change.at is None],
        "moved": [change for change in changes if change.later_s],
        "priority": [change for change in changes if None not in (change.at, change.other_at) and _otherwise_urgent(change)],
    }


def bells(entries: Iterable[Journalled]) -> dict[str, Bell]:
    """The announced activations of a journal, by id."""
    found: dict[str, Bell] = {}
    for said in (entry.data for entry in entries if entry.data.announced is not None):
        name = said.activation_id or ""
        first = found.get(name) or Bell(said.at, said.condition_id or "", said.kind or "", said.position or "", said.priority, 0)
        found[name] = first._replace(announcements=first.announcements + 1)
    return found


def _change(before: Bell | None, after: Bell | None) -> Change:
    known = before or after
    assert known is not None
    both = before is not None and after is not None
    return Change(
        condition_id=known.condition_id,
        kind=known.kind,
        position=known.position,
        at=before.at if before else None,
        other_at=after.at if after else None,
        later_s=(after.at - before.at).total_seconds() if both and before and after else None,
        priority=before.priority if before else None,
        other_priority=after.priority if after else None,
    )


def _otherwise_urgent(change: Change) -> bool:
    return change.priority is not change.other_priority


def _load(one: dict[str, Any] | None, two: dict[str, Any] | None) -> dict[str, dict[str, float]]:
    """Figures of a position under both registers."""
    figures = {name: {"now": (one or {}).get(name, 0), "against": (two or {}).get(name, 0)} for name in LOAD}
    floods = {"now": len((one or {}).get("floods", ())), "against": len((two or {}).get("floods", ()))}
    return figures | {"floods": floods}


def _by_kind(before: Iterable[Bell], after: Iterable[Bell], changes: Iterable[Change]) -> dict[str, dict[str, int]]:
    """How often each kind rang, and how many of its alarms are missed or new."""
    now, then, missed, new = (Counter[str]() for _ in range(4))
    for counted, bells_of in ((now, before), (then, after)):
        for bell in bells_of:
            counted[bell.kind] += bell.announcements
    for change in changes:
        missed[change.kind] += change.other_at is None
        new[change.kind] += change.at is None
    return {
        kind: {"now": now[kind], "against": then[kind], "missed": missed[kind], "new": new[kind]}
        for kind in sorted(now.keys() | then.keys())
    }


def _times(run: Run) -> list[tuple[datetime, str]]:
    told: Iterable[Transition] = (entry.data for entry in run.entries() if entry.data.announced is not None)
    return [(entry.at, entry.position or "") for entry in told]
