"""How rows are written, so that it does not matter in which order outcomes come, or how often."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

Row = Mapping[str, Any]


def keep_newest(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Write rows by primary key; of each key the one with the greatest `position` stands, of equal ones the last."""
    if rows:
        table: Table = model.__table__  # type: ignore[attr-defined]
        keys = [column.name for column in table.primary_key]
        newest: dict[tuple[Any, ...], Row] = {}
        for row in rows:
            key = tuple(row[name] for name in keys)
            if key not in newest or row["position"] >= newest[key]["position"]:
                newest[key] = row
        statement, values = _insert(session, table, list(newest.values()))
        others = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        newer = statement.excluded.position >= table.c.position
        statement = statement.on_conflict_do_update(index_elements=keys, set_=others, where=newer)
        session.connection().execute(statement, values)


def keep_first(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Write rows by primary key; one that stands keeps standing."""
    if rows:
        statement, values = _insert(session, model.__table__, rows)  # type: ignore[attr-defined]
        session.connection().execute(statement.on_conflict_do_nothing(), values)


def _insert(session: Session, table: Table, rows: Sequence[Row]) -> tuple[Any, Any]:
    """The statement that inserts rows, and what goes into it; PostgreSQL takes them by the column, all in one."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table), rows
    columns = [func.unnest(bindparam(column.name, type_=ARRAY(column.type, dimensions=1))) for column in table.columns]
    statement = postgresql.insert(table).from_select([column.name for column in table.columns], select(*columns))
    return statement, {column.name: [row[column.name] for row in rows] for column in table.columns}
