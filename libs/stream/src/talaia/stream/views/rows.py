"""How rows are written, so that it does not matter in which order outcomes come, or how often.

SQLAlchemy makes the statements; the values go past it, a column at a time or as one document, for what it does with each
value of each row costs several times what the database does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import JSON, Table, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from talaia.stream.views.tables import UtcTime

Row = Mapping[str, Any]
Clause = Callable[[Any, Table], Any]
"""Adds to an insert what becomes of a row whose key stands."""
Written = Callable[[Any], Any]
"""From a value to what the driver is given."""
_SQLITE, _POSTGRESQL = sqlite.dialect(), postgresql.dialect()  # type: ignore[no-untyped-call]


def keep_newest(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Write rows by primary key; of each key the one with the greatest `position` stands, of equal ones the last."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    key_of = itemgetter(*(column.name for column in table.primary_key))
    newest: dict[Any, Row] = {}
    for row in rows:
        key = key_of(row)
        known = newest.get(key)
        if known is None or row["position"] >= known["position"]:
            newest[key] = row
    _write(session, table, list(newest.values()), _newest)


def keep_first(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Write rows by primary key; one that stands keeps standing."""
    _write(session, model.__table__, rows, _first)  # type: ignore[attr-defined]


def _newest(insert: Any, table: Table) -> Any:
    keys = [column.name for column in table.primary_key]
    others = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    newer = insert.excluded.position >= table.c.position
    return insert.on_conflict_do_update(index_elements=keys, set_=others, where=newer)


def _first(insert: Any, _: Table) -> Any:
    return insert.on_conflict_do_nothing()


def _write(session: Session, table: Table, rows: Sequence[Row], clause: Clause) -> None:
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        statement, columns = _for_sqlite(table, clause)
        values = (_values(rows, name, as_written) for name, as_written in columns)
        connection.exec_driver_sql(statement, list(zip(*values, strict=True)))
    else:
        connection.execute(_for_postgresql(table, clause), {"rows": _document(table, rows)})


@cache
def _for_sqlite(table: Table, clause: Clause) -> tuple[str, Sequence[tuple[str, Written | None]]]:
    """The statement, and of each column its name and how a value of it is written."""
    columns = [(column.name, column.type.dialect_impl(_SQLITE).bind_processor(_SQLITE)) for column in table.columns]
    return str(clause(sqlite.insert(table), table).compile(dialect=_SQLITE)), columns


def _values(rows: Sequence[Row], name: str, as_written: Written | None) -> Iterable[Any]:
    values = [row[name] for row in rows]
    return map(as_written, values) if as_written else values


@cache
def _for_postgresql(table: Table, clause: Clause) -> Any:
    """PostgreSQL takes all rows as one document, and reads them as its table is made."""
    names = [column.name for column in table.columns]
    rows = cast(bindparam("rows", type_=Text), JSON)
    found = func.json_populate_recordset(literal_column(f"NULL::{table.name}"), rows).table_valued(*names)
    return clause(postgresql.insert(table).from_select(names, select(*(found.c[name] for name in names))), table)


def _document(table: Table, rows: Sequence[Row]) -> str:
    """Moments in it are in UTC, for PostgreSQL passes over the zone where a column has none."""
    moments = {column.name: column.type.process_bind_param for column in table.columns if isinstance(column.type, UtcTime)}
    written = [{**row, **{name: in_utc(row[name], _POSTGRESQL) for name, in_utc in moments.items()}} for row in rows]
    return msgspec.json.encode(written).decode()
