"""How rows are written, so that it does not matter in which order outcomes come, or how often."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def keep_newest(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows by primary key; of each key the one with the greatest `position` stands, of equal ones the last."""
    if rows:
        table = model.__table__  # type: ignore[attr-defined]
        keys = [column.name for column in table.primary_key]
        newest: dict[tuple[Any, ...], Mapping[str, Any]] = {}
        for row in rows:
            key = tuple(row[name] for name in keys)
            if key not in newest or row["position"] >= newest[key]["position"]:
                newest[key] = row
        statement = _insert(session, table)
        values = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        newer = statement.excluded.position >= table.c.position
        statement = statement.on_conflict_do_update(index_elements=keys, set_=values, where=newer)
        session.connection().execute(statement, list(newest.values()))


def keep_first(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows by primary key; one that stands keeps standing."""
    if rows:
        session.connection().execute(_insert(session, model.__table__).on_conflict_do_nothing(), list(rows))  # type: ignore[attr-defined]


def _insert(session: Session, table: Any) -> Any:
    return (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
