"""A view is made anew from its topics beside the one that is shown: whoever looks sees all rows, before, meanwhile and after."""

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient
from sqlmodel import Field, SQLModel
from support.command_line import Command, command, typed
from support.house import SERVICES
from support.views import built_from_empty, caught_up, rows, running, send, until
from support.waste_events import configured, forecasted, read
from talaia.cli.kafka.node import free_port
from talaia.cli.services import installed
from talaia.contracts.catalogue import READINGS
from talaia.stream import topics
from talaia.stream.settings import BusSettings
from talaia.stream.views.projection import Projection
from talaia.stream.views.rebuild import rebuild
from talaia.stream.views.view import View
from talaia.waste.view import queries
from talaia.waste.view.project import VIEW, project
from talaia.waste.view.tables import TABLES, ReadingRow

__all__ = ["command", "typed"]

pytestmark = pytest.mark.broker
SITES = 9
READINGS_MADE = 3_000


class Wider(SQLModel, table=True):
    __tablename__ = "test_wider"

    name: str = Field(primary_key=True)


@pytest.fixture
def bus(broker: str, prefix: str) -> BusSettings:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(settings, VIEW.topics)
    return settings


async def a_city(bus: BusSettings) -> None:
    sites = [f"T{n}" for n in range(SITES)]
    await send(bus, [configured(*sites), *(read(n, site=sites[n % SITES]) for n in range(READINGS_MADE))])
    await send(bus, (forecasted(n, site=sites[n]) for n in range(SITES)))


def readings(view: Projection) -> int:
    with view.session() as session:
        return sum(queries.counted(session, ReadingRow.flag).values())


async def test_who_looks_while_a_view_is_rebuilt_sees_all_rows_all_the_time_and_afterwards_the_same(
    bus: BusSettings, database_url: str, tmp_path: Path
) -> None:
    await a_city(bus)
    view, seen, parts = Projection(VIEW, database_url, bus), [READINGS_MADE], [0.0]
    async with running(view):
        first_id = view.view_id
        building = asyncio.create_task(rebuild(VIEW, database_url, bus, parts.append))
        while not building.done():
            seen.append(await asyncio.to_thread(readings, view))
        built = await building
        await until(lambda: view.view_id != first_id, "the projection to go on with the new rows")
        assert (min(seen), built.events, built.others) == (READINGS_MADE, 1 + READINGS_MADE + SITES, [])
        assert parts == sorted(parts)
        assert parts[-1] == 1.0
        await caught_up(view)
        await send(bus, (read(n) for n in range(READINGS_MADE, READINGS_MADE + 50)))
        await until(lambda: readings(view) == READINGS_MADE + 50, "the projection to take what comes afterwards")
        with view.session() as session:
            assert rows(VIEW, session) == await built_from_empty(VIEW, f"sqlite:///{tmp_path}/empty.sqlite", bus)


async def test_a_view_whose_topic_was_made_anew_is_cured_by_a_rebuild(bus: BusSettings, database_url: str) -> None:
    await send(bus, [read(1), read(2)])
    view = Projection(VIEW, database_url, bus)
    async with running(view):
        pass
    with contextlib.closing(KafkaAdminClient(bootstrap_servers=bus.kafka_bootstrap)) as admin:
        admin.delete_topics([bus.topic(READINGS.name)])
    await until(lambda: bool(topics.check(bus, [READINGS])), "the topic to be gone")
    topics.apply(bus, VIEW.topics)
    await send(bus, [read(3)])
    async with view.running():
        await until(lambda: "talaia rebuild waste" in view.age().error, "the view to name the cure")
        await rebuild(VIEW, database_url, bus, lambda _: None)
        await until(lambda: view.age().lag_events == 0 and readings(view) == 1, "the view to go on with the new topic")


async def test_a_view_whose_file_is_broken_is_made_anew_while_its_api_runs_and_goes_on(bus: BusSettings, tmp_path: Path) -> None:
    await send(bus, [read(1), read(2)])
    url = f"sqlite:///{tmp_path}/view.sqlite"
    await rebuild(VIEW, url, bus, lambda _: None)
    broken(tmp_path)
    view = Projection(VIEW, url, bus)
    async with view.running():
        await until(lambda: "does not take what arrives" in view.age().error, "the view to notice")
        assert (await rebuild(VIEW, url, bus, lambda _: None)).events == 2
        await until(lambda: view.age().lag_events == 0 and readings(view) == 2, "the view to go on in the new file")


def broken(folder: Path) -> None:
    (file,) = folder.glob("view.waste_*.sqlite")
    file.write_bytes(b"no database at all" * 1_000)


async def test_another_release_builds_its_rows_beside_those_that_are_shown_and_touches_none(
    bus: BusSettings, database_url: str
) -> None:
    await send(bus, [read(1), read(2)])
    later = View(name="waste", tables=(*TABLES, Wider), topics=VIEW.topics, dated_by=VIEW.dated_by, project=project)
    view = Projection(VIEW, database_url, bus)
    async with running(view):
        first_id = view.view_id
        built = await rebuild(later, database_url, bus, lambda _: None)
        assert len(built.others) == 1
        of_later = Projection(later, database_url, bus)
        assert readings(of_later) == readings(view) == 2
        assert view.view_id == first_id


def test_talaia_rebuild_says_how_much_it_took_and_where_it_is_shown(
    bus: BusSettings, command: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALAIA_WASTE_DATABASE_URL", database_url)
    asyncio.run(send(bus, [read(1), read(2)]))
    done = command("rebuild", "waste")
    assert done.code == 0
    assert "waste: 2 events" in done.text
    assert database_url in done.text.replace("\n", "")
    assert readings(Projection(VIEW, database_url, bus)) == 2


@pytest.mark.parametrize("service", SERVICES)
def test_the_role_rebuild_makes_the_view_of_its_api_anew(bus: BusSettings, service: str, tmp_path: Path) -> None:
    topics.apply(bus, installed([service])[service].view()[0].topics)
    url = f"sqlite:///{tmp_path}/view.sqlite"
    told = {name: value for name, value in os.environ.items() if not name.startswith("TALAIA_")}
    told |= {"TALAIA_KAFKA_BOOTSTRAP": bus.kafka_bootstrap, "TALAIA_TOPIC_PREFIX": bus.topic_prefix}
    told[f"TALAIA_{service.upper()}_DATABASE_URL"] = url
    command = [sys.executable, "-m", f"talaia.{service}", "rebuild"]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{service}: 0 events in ") and done.stdout.endswith(f"shown from now on in {url}\n")
    told["TALAIA_KAFKA_BOOTSTRAP"] = f"127.0.0.1:{free_port()}"
    away = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    assert away.returncode == 1
    assert "does not answer" in away.stderr and "Traceback" not in away.stderr


def test_talaia_rebuild_without_its_database_says_in_one_sentence_which_setting_to_correct(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALAIA_ALERTS_DATABASE_URL", "postgresql://someone:secret@127.0.0.1:1/nothing")
    done = command("rebuild", "alerts")
    assert done.code == 1
    assert "TALAIA_ALERTS_DATABASE_URL" in done.text
    assert "secret" not in done.text
    assert "Traceback" not in done.text
