"""Secrets are planted in every setting that takes one: whatever comes in, no log, metric, answer or error holds one."""

import base64
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from confluent_kafka import Producer as PlainProducer
from support.hostile import BODIES, encoded, measurements
from support.login import LoginProvider, provider
from support.login_provider import CLIENT_SECRET
from support.plain_kafka import read_all
from support.postgres import Postgres
from support.processes import ServiceProcess, wait_for
from support.secured import SecuredKafka, User, secured
from support.waste_events import configured
from talaia.cli.kafka.node import free_port
from talaia.contracts.catalogue import MEASUREMENTS, READINGS, Topic
from talaia.contracts.vocabulary import Role
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.rights import Right, rights_of
from talaia.stream.settings import BusSettings
from talaia.stream.worker import topics_of
from talaia.waste.view.project import VIEW
from talaia.waste.worker.stream import WasteProcessor

__all__ = ["provider", "secured"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

ROLES = ("waste-worker", "waste api", "cli")
TOPICS: tuple[Topic, ...] = tuple({topic.name: topic for topic in (*topics_of(WasteProcessor()), *VIEW.topics)}.values())
VERBS = "settings , doctor , status waste , rejects list , topics check , rebuild waste"
WRONG = "planted-wrong"
SLOW = pytest.mark.slow
LEVELS = ["DEBUG", *(pytest.param(level, marks=SLOW) for level in ("INFO", "WARNING", "ERROR", "CRITICAL"))]


def written(file: Path, content: str) -> Path:
    file.write_text(content)
    file.chmod(0o600)
    return file


class Watched:
    """An installation of waste water whose processes speak from a level up; everything that leaves them is kept."""

    def __init__(
        self, bus: SecuredKafka, prefix: str, postgres: Postgres, provider: LoginProvider, folder: Path, level: str
    ) -> None:
        self.bus, self.prefix, self.folder, self.level = bus, prefix, folder, level
        topics.apply(BusSettings(kafka_bootstrap=bus.plain, topic_prefix=prefix), TOPICS)
        rights: set[Right] = {right for role in ROLES for right in rights_of(role, TOPICS)}
        self.user: User = bus.user(tuple(rights), prefix)
        self.key, self.database_password = f"key-{uuid.uuid4().hex}", f"database-{uuid.uuid4().hex}"
        digest = sha256(self.key.encode()).hexdigest()
        keys = written(folder / "keys", f"door operator {digest}\n")
        url = postgres.new_database().replace("talaia@", f"talaia:{self.database_password}@")
        self.token = provider.token(Role.VIEWER)
        self.secrets = [self.user.password, self.key, digest, self.database_password, WRONG, CLIENT_SECRET, self.token]
        self.port, self.metrics = free_port(), free_port()
        login = provider.oidc_file(folder, f"http://127.0.0.1:{self.port}")
        self.environment = self.user.environment() | {
            "TALAIA_TOPIC_PREFIX": prefix,
            "TALAIA_METRICS_PORT": str(self.metrics),
            "TALAIA_EXITS_FILE": str(folder / "exits.json"),
            "TALAIA_WASTE_LISTEN": f"127.0.0.1:{self.port}",
            "TALAIA_WASTE_KEY_FILE": str(keys),
            "TALAIA_WASTE_OIDC_FILE": str(login),
            "TALAIA_WASTE_DATABASE_URL_FILE": str(written(folder / "url", url)),
        }
        self.away = f"postgresql://talaia:{self.database_password}@127.0.0.1:{free_port()}/none"
        self.client = httpx.Client(timeout=30, verify=False, trust_env=False)
        self.kept: list[str] = []
        self.on_the_bus: dict[str, str] = {}
        self.started: list[ServiceProcess] = []

    def start(self, role: str, **more: str) -> ServiceProcess:
        process = ServiceProcess("waste", role, self._told(more), self.folder / f"{role}-{len(self.started)}.log")
        process.command = [sys.executable, "-m", "support.talkative", self.level, "talaia.waste", role]
        process.start()
        self.started.append(process)
        return process

    def run(self, *arguments: str, **more: str) -> int:
        """A verb of the command line; its exit code."""
        command = [sys.executable, "-m", "support.talkative", self.level, "talaia.cli", *arguments]
        done = subprocess.run(command, env=self._told(more), capture_output=True, text=True, check=False, cwd=self.folder)
        self.kept.append(done.stdout + done.stderr)
        return done.returncode

    def ask(self, method: str, path: str, port: int = 0, **more: object) -> httpx.Response:
        answer = self.client.request(method, f"http://127.0.0.1:{port or self.port}{path}", **more)  # type: ignore[arg-type]
        self.kept.append(f"{answer.status_code} {answer.headers} {answer.text}")
        return answer

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def rejects(self) -> bool:
        try:
            return "talaia_rejected_total{" in self.ask("GET", "/metrics", self.metrics).text
        except httpx.HTTPError:
            return False

    def shows(self, site: str) -> bool:
        return self.ask("GET", f"/v1/sites/{site}", auth=("any", self.key)).status_code == 200

    def log_in(self) -> None:
        """A browser comes to a session; what only it and the provider may know is a secret from then on."""
        with httpx.Client(timeout=30, trust_env=False) as browser:
            away = browser.get(f"http://127.0.0.1:{self.port}/login").headers["location"]
            back = browser.post(away, data={"user": "operator"}).headers["location"]
            self.secrets += [value for name, value in parse_qsl(urlsplit(back).query) if name in ("code", "state")]
            assert browser.get(back).status_code == 303
            self.secrets += list(browser.cookies.values())
            assert browser.get(f"http://127.0.0.1:{self.port}/v1/sites").status_code == 200
            browser.get(back)  # a second time

    def read_the_bus(self) -> None:
        """All that stands on its topics."""
        for topic in TOPICS:
            records = read_all(self.bus.plain, self.prefix + topic.name, topic.partitions)
            self.on_the_bus[topic.name] = "\n".join(f"{record.key!r} {record.value!r}" for record in records)
        assert all(self.on_the_bus[name] for name in (MEASUREMENTS.name, READINGS.name, MEASUREMENTS.rejected.name))

    def found(self) -> list[str]:
        """Where a secret is, in any of its shapes."""
        said = {process.log.name: process.said() for process in self.started}
        said |= {f"answer {number}": text for number, text in enumerate(self.kept)}
        said |= {f"topic {topic}": text for topic, text in self.on_the_bus.items()}
        said |= {"exits": (self.folder / "exits.json").read_text() if (self.folder / "exits.json").exists() else ""}
        shapes = {shape for secret in self.secrets for shape in (secret, base64.b64encode(f"any:{secret}".encode()).decode())}
        assert all(len(shape) > 8 for shape in shapes)
        return [name for name, text in said.items() if any(shape in text for shape in shapes)]

    def end(self) -> None:
        self.client.close()
        for process in self.started:
            process.kill()

    def _told(self, more: dict[str, str]) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TALAIA_")}
        told = clean | {"PYTHONPATH": str(Path(__file__).parents[1]), "COLUMNS": "250"} | self.environment | more
        return {name: value for name, value in told.items() if value}


@pytest.fixture
def watched(
    request: pytest.FixtureRequest,
    secured: SecuredKafka,
    prefix: str,
    postgres: Postgres,
    provider: LoginProvider,
    tmp_path: Path,
) -> Iterator[Watched]:
    all_of_it = Watched(secured, prefix, postgres, provider, tmp_path, request.param)
    yield all_of_it
    all_of_it.end()


async def send(user: User, message: Message) -> None:
    async with Producer(user.settings()) as producer:
        await producer.send([message])


def doors(watched: Watched) -> None:
    """What is good, hostile, and of strangers, at every kind of door."""
    key, json = {"x-api-key": watched.key}, {"content-type": "application/json"}
    good = {"site": "T1", "sensor": "L1", "quantity": "level", "value": 1.5, "unit": "m", "time": wall_now().isoformat()}
    assert watched.ask("POST", "/v1/measurements", json=good, headers=key).status_code == 202
    for content in (*(body.content for body in BODIES), *(encoded(spoilt) for _, spoilt in measurements(good))):
        watched.ask("POST", "/v1/measurements", content=content, headers=key | json)
    assert watched.ask("GET", "/v1/sites/T1", auth=("any", watched.key)).status_code == 200
    assert watched.ask("GET", "/v1/sites/T1", headers={"authorization": f"Bearer {watched.token}"}).status_code == 200
    watched.log_in()
    for name, value in (("x-api-key", WRONG), ("authorization", f"Bearer {WRONG}"), ("authorization", WRONG)):
        assert watched.ask("GET", "/v1/sites", headers={name: value}).status_code == 401
    for path in ("/v1/sites", "/v1/summary", "/v1/sites/T1/measurements", "/metrics", "/healthz", "/openapi.json", "/nowhere"):
        watched.ask("GET", path, headers=key)
        watched.ask("GET", path, headers=key | {"cookie": f"session={watched.key}", "referer": f"http://x/{watched.key}"})


def poison(watched: Watched) -> None:
    producer = PlainProducer({"bootstrap.servers": watched.bus.plain})
    for body in BODIES[:8]:
        producer.produce(watched.prefix + MEASUREMENTS.name, body.content, key=b"c1", partition=3)
    assert producer.flush(30) == 0


@pytest.mark.parametrize("watched", LEVELS, indirect=True)
async def test_no_secret_leaves_a_process_at_any_level_of_its_logs(watched: Watched) -> None:
    worker, api = watched.start("worker"), watched.start("api")
    nobody = {"TALAIA_WASTE_DATABASE_URL_FILE": "", "TALAIA_WASTE_DATABASE_URL": watched.away}
    away = watched.start("api", TALAIA_WASTE_LISTEN=f"127.0.0.1:{free_port()}", **nobody)
    other = written(watched.folder / "other.toml", f'user = "{watched.user.name}"\npassword = "{WRONG}"\n')
    stranger = watched.start("worker", TALAIA_KAFKA_FILE=str(other), TALAIA_METRICS_PORT=str(free_port()))
    await send(watched.user, configured("T1"))
    poison(watched)
    wait_for(lambda: watched.answers() and watched.shows("T1"), "the site", last=api.said)
    doors(watched)
    wait_for(watched.rejects, "rejects", last=worker.said)
    watched.ask("GET", "/healthz", watched.metrics)
    assert watched.run(*VERBS.split()) == 0, watched.kept[-1]
    assert watched.run("rebuild", "waste", **nobody) == 1
    wait_for(lambda: not stranger.alive(), "a worker that is not let in to end")
    assert "does not accept user" in stranger.said()
    assert [process.alive() for process in (worker, api, away)] == [True, True, True]
    assert (worker.terminate(), api.terminate()) == (0, 0)
    away.terminate()
    watched.read_the_bus()
    assert watched.found() == []
    assert "ready" in worker.said() or watched.level not in ("DEBUG", "INFO")


def test_a_secret_that_leaves_is_found(tmp_path: Path) -> None:
    leaks = Watched.__new__(Watched)
    leaks.folder, leaks.started, leaks.secrets = tmp_path, [], [WRONG]
    leaks.on_the_bus = {"nothing": "", "leak": f"b'{WRONG}'"}
    leaks.kept = ["nothing", f"password={WRONG}", "Basic " + base64.b64encode(f"any:{WRONG}".encode()).decode()]
    assert leaks.found() == ["answer 1", "answer 2", "topic leak"]
