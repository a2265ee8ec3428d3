"""Where a view's rows stand: a file of SQLite, or a schema of a PostgreSQL database.

Each shape of tables has a name of its own, so that two releases never meet in one table. A view that is built beside the
one that is shown has another name, and takes over in one step.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, MetaData, Table, event, inspect, make_url, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import BigInteger, String, create_engine

_BUSY_S = 5
_HELD_S = 30
"""As long as a group waits for a silent member; a slow machine needs seconds between two statements of a batch."""
_BROKEN = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
_BUILT_IN_KIB = 65_536
"""Of its pages SQLite keeps as much in memory while it builds a view."""
_WHOLE = "SELECT 1 FROM view_heads WHERE view_id = :view_id AND complete"
_ALIVE: dict[str, Any] = {"connect_timeout": _BUSY_S, "keepalives_idle": _BUSY_S, "tcp_user_timeout": 10_000}


class Database(Protocol):
    """Holds views by name. Everything blocks, and raises SQLAlchemyError when the database is away.

    shared: whether several processes may write to it.
    """

    shared: bool

    def engine(self, name: str, *, lasting: bool = True) -> Engine:
        """Reaches the tables of this name. lasting: False where a crash may cost them all, for they are begun anew then."""
        ...

    def create(self, connection: Connection, name: str, tables: Sequence[Table]) -> None:
        """Make the tables that are missing; whoever does the same waits until the transaction ends."""
        ...

    def writing(self, connection: Connection) -> None:
        """A transaction that writes begins: it must not hold up others if this process is stopped in the midst of it."""
        ...

    def alone(self, name: str) -> AbstractContextManager[bool]:
        """Whether nobody else, anywhere, is in such a context for this name; a process that dies has left it."""
        ...

    def show(self, beside: str, name: str, view_id: str) -> bool:
        """What was built as `beside` stands as `name` from now on, in one step that stops no reader.

        False, and nothing is changed, when that is not the view of this id, or not whole.
        """
        ...

    def others(self, view: str, name: str) -> list[str]:
        """Where, for people, something else of a view stands."""
        ...

    def drop(self, name: str) -> None:
        """Remove what stands there, if anything does."""
        ...


def database(url: str) -> Database:
    """The database at an address. Raises ValueError when it is of another kind, or no address."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            return _Schemas(parsed.set(drivername="postgresql+psycopg"))
        if parsed.get_backend_name() == "sqlite":
            return _Files(parsed)
    except SQLAlchemyError:
        pass
    raise ValueError("name a database as sqlite:///FILE or postgresql://USER@HOST/DATABASE")


class _Files:
    """SQLite: one file a name, beside the one that the address names."""

    shared = False

    def __init__(self, url: URL) -> None:
        self._url = url

    def engine(self, name: str, *, lasting: bool = True) -> Engine:
        url = self._url.set(database=str(self._file(name))) if self._url.database else self._url
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _set_up_lasting if lasting else _set_up_fleeting)
        return engine

    def create(self, connection: Connection, name: str, tables: Sequence[Table]) -> None:
        for table in tables:
            table.create(connection, checkfirst=True)

    def writing(self, connection: Connection) -> None:
        """Its one writer is this process."""

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        # a file of its own, which stays: SQLite's lock on it ends with this process
        lock = self._url.set(database=f"{self._file(name)}-lock")
        engine = create_engine(lock, connect_args={"timeout": 0, "isolation_level": None, "check_same_thread": False})
        with _disposed(engine), engine.connect() as connection:
            try:
                connection.exec_driver_sql("BEGIN EXCLUSIVE")
            except OperationalError as error:
                if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
                    raise
                yield False
            else:
                yield True

    def show(self, beside: str, name: str, view_id: str) -> bool:
        with closing(sqlite3.connect(self._file(beside))) as built:
            if built.execute(_WHOLE, {"view_id": view_id}).fetchone() is None:
                return False
            try:
                with closing(sqlite3.connect(self._file(name), _BUSY_S)) as shown:
                    built.backup(shown)
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorcode not in _BROKEN:
                    raise OperationalError("show", None, error) from None
                self.drop(name)
                with closing(sqlite3.connect(self._file(name))) as shown:
                    built.backup(shown)
        self.drop(beside)
        return True

    def others(self, view: str, name: str) -> list[str]:
        shown, every = self._file(name), self._file(f"{view}_*")
        return [f"file {file}" for file in sorted(every.parent.glob(every.name)) if file != shown]

    def drop(self, name: str) -> None:
        file = self._file(name)
        for part in ("", "-wal", "-shm"):
            file.with_name(file.name + part).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        file = Path(self._url.database or "")
        return file.with_name(f"{file.stem}.{name}{file.suffix}")


class _Schemas:
    """PostgreSQL: one schema a name."""

    shared = True

    def __init__(self, url: URL) -> None:
        self._url = url

    def engine(self, name: str, *, lasting: bool = True) -> Engine:
        options = f"-c search_path={name} -c lock_timeout={_BUSY_S}s" + ("" if lasting else " -c synchronous_commit=off")
        return create_engine(self._url, pool_pre_ping=True, hide_parameters=True, connect_args=_ALIVE | {"options": options})

    def create(self, connection: Connection, name: str, tables: Sequence[Table]) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {name}"))
        for table in tables:
            _as_postgresql(table).create(connection, checkfirst=True)

    def writing(self, connection: Connection) -> None:
        connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{_HELD_S}s'"))

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        engine = self.engine(name)
        asked = text("SELECT pg_try_advisory_lock(hashtext(:name))")
        # the lock is the connection's
        with _disposed(engine), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield bool(connection.execute(asked, {"name": f"rebuild {name}"}).scalar_one())

    def show(self, beside: str, name: str, view_id: str) -> bool:
        old = f"{name}_old"
        self.drop(old)
        engine = self.engine(beside)
        with _disposed(engine), engine.begin() as connection:
            if connection.execute(text(_WHOLE), {"view_id": view_id}).first() is None:
                return False
            if inspect(connection).has_schema(name):
                # whoever writes has written, and finds the other tables when it wants to write again
                connection.execute(text(f"LOCK TABLE {name}.view_heads IN EXCLUSIVE MODE"))
                connection.execute(text(f"ALTER SCHEMA {name} RENAME TO {old}"))
            connection.execute(text(f"ALTER SCHEMA {beside} RENAME TO {name}"))
        with suppress(OperationalError):  # somebody reads there still: the next rebuild removes it
            self.drop(old)
        return True

    def others(self, view: str, name: str) -> list[str]:
        engine = self.engine(name)
        found = inspect(engine).get_schema_names()
        engine.dispose()
        return [f"schema {other}" for other in found if other.startswith(f"{view}_") and other != name]

    def drop(self, name: str) -> None:
        engine = self.engine(name)
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))
        engine.dispose()


@contextmanager
def _disposed(engine: Engine) -> Iterator[None]:
    """Its connections end with the block."""
    try:
        yield
    finally:
        engine.dispose()


def _as_postgresql(table: Table) -> Table:
    """The same table with text in the order of its letters' numbers, as SQLite has it, and integers of 64 bits."""
    copy = table.to_metadata(MetaData())
    for column in copy.columns:
        if column.type.python_type is str:
            column.type = String(collation="C")
        elif column.type.python_type is int:
            column.type = BigInteger()
    return copy


def _set_up_lasting(connection: Any, _record: Any) -> None:
    """Readers do not wait for the writer; a crash of the machine may cost the last commits, which the topics still hold."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={_BUSY_S * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _set_up_fleeting(connection: Any, _record: Any) -> None:
    """Nobody reads it yet: a page is written once, and the machine may choose when."""
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF", f"cache_size={-_BUILT_IN_KIB}"):
        connection.execute(f"PRAGMA {pragma}")
