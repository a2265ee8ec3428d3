"""What an API says when its database does not do what it is asked: come again, and no stack trace in its log."""

from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI
from psycopg import sql
from support.postgres import Postgres
from support.views import fill
from support.waste_api import city
from support.web import client
from talaia.stream.settings import BusSettings
from talaia.waste.api.app import make_app
from talaia.waste.settings import WasteSettings
from talaia.waste.view.project import VIEW


def application(url: str) -> FastAPI:
    """The waste API on a view that somebody else filled."""
    return make_app(WasteSettings(database_url=url), BusSettings(kafka_bootstrap="127.0.0.1:1"))


def break_the_file(folder: Path) -> None:
    (file,) = folder.glob("view.waste_*.sqlite")
    file.write_bytes(b"no database" * 1_000)


async def is_told_to_come_again(app: FastAPI, caplog: pytest.LogCaptureFixture, why: str) -> None:
    async with client(app) as asking:
        answer = await asking.get("/v1/sites")
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "view_unavailable", "5")
    assert why in caplog.text
    assert [record for record in caplog.records if record.exc_info] == []


async def test_who_asks_before_there_are_tables_is_told_to_come_again(
    postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    await is_told_to_come_again(application(postgres.new_database()), caplog, "UndefinedTable")


async def test_who_asks_an_api_that_may_not_read_its_tables_is_told_to_come_again(
    postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    url = postgres.new_database()
    fill(VIEW, url, city())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN")
        (schema,) = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'waste_%'").fetchone() or ("",)
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO guest").format(sql.Identifier(schema)))
    await is_told_to_come_again(application(url.replace("talaia@", "guest@")), caplog, "InsufficientPrivilege")


async def test_who_asks_an_api_whose_file_is_broken_is_told_to_come_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path}/view.sqlite"
    fill(VIEW, url, city())
    break_the_file(tmp_path)
    await is_told_to_come_again(application(url), caplog, "DatabaseError")
