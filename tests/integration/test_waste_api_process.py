"""The waste API as a process: killed, told to stop, without its broker, started wrongly."""

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.asking import answers, ask
from support.broker import QUICK
from support.hostile import BODIES, encoded
from support.plain_kafka import read_all
from support.processes import ServiceProcess, processes, wait_for
from support.waste_events import START, configured, forecasted, read
from talaia.cli.kafka import LocalKafka
from talaia.cli.kafka.node import free_port
from talaia.contracts.catalogue import MEASUREMENTS, every_topic
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.waste.view.project import VIEW

__all__ = ["processes"]
pytestmark = pytest.mark.broker
Start = Callable[[str, str, dict[str, str]], ServiceProcess]


class Api:
    """The API's process and how to ask it."""

    def __init__(self, start: Start, bus: BusSettings, folder: Path) -> None:
        self.port = free_port()
        self.bus = bus
        self.environment = {
            "TALAIA_KAFKA_BOOTSTRAP": bus.kafka_bootstrap,
            "TALAIA_TOPIC_PREFIX": bus.topic_prefix,
            "TALAIA_WASTE_LISTEN": f"127.0.0.1:{self.port}",
            "TALAIA_WASTE_DATABASE_URL": f"sqlite:///{folder}/view.sqlite",
        }
        self.process = start("waste", "api", self.environment)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return ask(method, f"http://127.0.0.1:{self.port}{path}", **more)

    def answers(self) -> bool:
        return answers(f"http://127.0.0.1:{self.port}/readyz")

    def taken(self, topic: str) -> int:
        return int(self.ask("GET", "/v1/summary").json()["events"].get(topic, {"taken": 0})["taken"])

    def holds(self, topic: str, count: int) -> bool:
        return self.answers() and self.taken(topic) >= count


def send(bus: BusSettings, messages: list[Message]) -> None:
    async def sending() -> None:
        async with Producer(bus) as producer:
            await producer.send(messages)

    asyncio.run(sending())


@pytest.fixture
def bus(broker: str, prefix: str) -> BusSettings:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(settings, VIEW.topics)
    return settings


@pytest.fixture
def api(processes: Start, bus: BusSettings, tmp_path: Path) -> Iterator[Api]:
    yield Api(processes, bus, tmp_path)


def good(number: int) -> dict[str, Any]:
    time = wall_now().isoformat()
    return {"time": time, "site": "T1", "sensor": "L1", "quantity": "level", "value": 1.5, "unit": "m", "id": str(number)}


def test_killed_in_the_middle_of_its_work_it_loses_nothing_and_counts_nothing_twice(api: Api) -> None:
    send(api.bus, [configured("T1")])
    chance = random.Random(4)
    for first in range(0, 9_000, 3_000):
        send(api.bus, [read(n, site=f"T{n % 9}") for n in range(first, first + 3_000)] + [forecasted(first)])
        enough = first + chance.randrange(3_000)
        wait_for(partial(api.holds, "waste.readings.v1", enough), "part of the readings")
        api.process.kill()
        api.process.start()
    wait_for(lambda: api.holds("waste.readings.v1", 9_000) and api.taken("waste.forecasts.v1") == 3, "everything")
    summary = api.ask("GET", "/v1/summary").json()
    assert summary["readings_by_flag"] == {"1": 9_000}
    assert summary["forecasts_by_method"] == {"grey_box": 3}
    assert summary["events"]["waste.readings.v1"] == {"taken": 9_000, "skipped": 0}


def test_told_to_stop_it_ends_soon_with_code_0(api: Api) -> None:
    wait_for(api.answers, "the API")
    assert api.process.terminate() == 0


def test_measurements_that_came_in_stand_on_the_bus_once_and_hostile_ones_do_not(api: Api) -> None:
    send(api.bus, [configured("T1")])
    wait_for(lambda: api.answers() and api.ask("GET", "/v1/sites/T1").status_code == 200, "the site")
    for number, body in enumerate(BODIES):
        headers = {} if body.content_type is None else {"content-type": body.content_type}
        assert api.ask("POST", "/v1/measurements", content=body.content, headers=headers).status_code < 500
        assert api.ask("POST", "/v1/measurements", json=good(number)).status_code == 202
    lines = b"\n".join(encoded(good(number)) for number in range(1_000, 2_000))
    answer = api.ask("POST", "/v1/measurements", content=lines, headers={"content-type": "application/x-ndjson"})
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1_000)
    records = list(read_all(api.bus.kafka_bootstrap, api.bus.topic(MEASUREMENTS.name), MEASUREMENTS.partitions))
    assert len(records) == 1 + len(BODIES) + 1_000


def test_a_measurement_travels_from_the_door_over_the_worker_to_the_site_that_shows_it(api: Api, processes: Start) -> None:
    topics.apply(api.bus, every_topic())
    send(api.bus, [configured("T1", at=(wall_now() - START) / timedelta(minutes=1) - 90)])
    processes("waste", "worker", api.environment)
    wait_for(lambda: api.answers() and api.ask("GET", "/v1/sites/T1").status_code == 200, "the site")
    now = wall_now()
    hour = [good(n) | {"time": (now - timedelta(minutes=5 * (12 - n))).isoformat(), "value": 1 + n / 10} for n in range(12)]
    assert api.ask("POST", "/v1/measurements", json=hour).json()["accepted"] == 12
    wait_for(lambda: (api.ask("GET", "/v1/sites/T1").json()["level"] or {}).get("level_m") == 2.1, "the newest level")
    shown = api.ask("GET", "/v1/sites/T1/measurements").json()["items"]
    assert [item["measurement"] for item in shown] == [str(n) for n in range(12)]
    assert {item["source"] for item in shown} == {"talaia/waste/http/loopback"}
    wait_for(lambda: 'talaia_advisory_sites{rule="warning"} 0.0' in api.ask("GET", "/metrics").text, "what Prometheus is told")
    shown_at = api.ask("GET", "/v1/sites").headers["talaia-as-of"]
    assert abs((datetime.fromisoformat(shown_at) - now).total_seconds()) < 60


def test_without_its_broker_it_answers_what_it_has_refuses_what_it_cannot_pass_on_and_recovers(
    processes: Start, tmp_path: Path
) -> None:
    with LocalKafka(tmp_path / "kafka", settings=QUICK) as kafka:
        bus = BusSettings(kafka_bootstrap=kafka.bootstrap)
        topics.apply(bus, VIEW.topics)
        send(bus, [configured("T1"), read(1)])
        api = Api(processes, bus, tmp_path)
        wait_for(lambda: api.holds("waste.readings.v1", 1), "the reading")
        assert api.ask("POST", "/v1/measurements", json=good(1)).status_code == 202
        kafka.kill()
        refused = api.ask("POST", "/v1/measurements", json=good(2))
        assert (refused.status_code, refused.json()["code"]) == (503, "bus_unavailable")
        wait_for(lambda: api.ask("GET", "/readyz").json()["lag_events"] is None, "the API to say that it does not know")
        shown = api.ask("GET", "/v1/sites/T1")
        assert (shown.status_code, shown.json()["level"]["level_m"]) == (200, 1.0)
        assert float(shown.headers["talaia-lag"]) > 1
        kafka.restart()
        send(bus, [read(2, level_m=2.0)])
        wait_for(lambda: api.holds("waste.readings.v1", 2), "the view to go on")
        wait_for(lambda: float(api.ask("GET", "/v1/sites").headers["talaia-lag"]) < 5, "the view to be young again")
        wait_for(lambda: api.ask("POST", "/v1/measurements", json=good(3)).status_code == 202, "the door to open again")


def test_started_without_its_broker_it_lives_and_is_not_ready(processes: Start, tmp_path: Path) -> None:
    """A probe of its life that asked for more would kill it."""
    api = Api(processes, BusSettings(kafka_bootstrap=f"127.0.0.1:{free_port()}"), tmp_path)
    wait_for(lambda: answers(f"http://127.0.0.1:{api.port}/healthz"), "it to live")
    wait_for(lambda: "Kafka does not answer" in api.ask("GET", "/readyz").json()["error"], "it to say what is missing")
    assert api.ask("GET", "/readyz").status_code == 503
    assert api.ask("GET", "/healthz").status_code == 200


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"TALAIA_WASTE_LISTEN": "0.0.0.0:8001"}, "set a key file"),
        ({"TALAIA_WASTE_KEY_FILE": "/nowhere/keys"}, "cannot be read"),
        ({"TALAIA_WASTE_LISTEN": "many"}, "TALAIA_WASTE_LISTEN: name where to listen as host:port"),
        ({"TALAIA_WASTE_DATABASE_URL": "mysql://waste@host/db"}, "TALAIA_WASTE_DATABASE_URL"),
    ],
)
def test_started_wrongly_it_says_in_one_sentence_what_to_do(
    processes: Start, tmp_path: Path, setting: dict[str, str], sentence: str
) -> None:
    process = processes("waste", "api", {"TALAIA_WASTE_DATABASE_URL": f"sqlite:///{tmp_path}/v.sqlite", **setting})
    wait_for(lambda: not process.alive(), "it to end")
    assert process.process is not None
    assert process.process.returncode not in {0, None}
    said = process.said().strip()
    assert sentence in said
    assert len(said.splitlines()) == 1
