"""What an alarm came to be, change by change, as long as subscribers may ask for it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import delete
from sqlmodel import Session, col

from talaia.alerts.view.tables import AlarmChangeRow
from talaia.stream.views.rows import keep_first

KEPT = timedelta(days=14)
"""Longer than a subscriber may fail before it is paused, by a week and more to repair it."""
_KEPT_MS = KEPT // timedelta(milliseconds=1)
_NAMESPACE = UUID("0f5d3a52-6f0e-5d53-9a3e-3c0c2f6c9b1e")
_AS_THE_ALARM = ("change", "area", "domain", "kind", "priority", "shown", "document")


def change_id(alarm_id: str, position: str, version: int) -> str:
    """Of one change of one alarm; a view that is built anew comes to the same."""
    return str(uuid5(_NAMESPACE, f"{alarm_id}|{position}|{version}"))


def keep_changes(session: Session, alarms: Sequence[Mapping[str, Any]]) -> None:
    """Write what alarms came to be, from rows of theirs, and drop what was recorded 14 days before the newest."""
    rows = [
        {name: alarm[name] for name in _AS_THE_ALARM}
        | {"change_id": change_id(alarm["alarm_id"], alarm["position"], alarm["version"]), "at_ms": alarm["changed_ms"]}
        for alarm in alarms
    ]
    keep_first(session, AlarmChangeRow, rows)
    if rows:
        oldest_ms = max(row["at_ms"] for row in rows) - _KEPT_MS
        session.connection().execute(delete(AlarmChangeRow).where(col(AlarmChangeRow.at_ms) < oldest_ms))
