"""`talaia doctor` before a real broker: green when all is well, and each check red for its own reason."""

import dataclasses
import json
import socket
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from support.command_line import Command, command, typed
from support.processes import ServiceProcess, wait_for
from support.secured import SecuredKafka, User, secured
from talaia.cli.doctor import bus as checks
from talaia.cli.doctor import machine
from talaia.cli.doctor.check import State
from talaia.cli.kafka.lock import kafka_version
from talaia.cli.kafka.node import free_port
from talaia.cli.status.processes import Address
from talaia.contracts.catalogue import INPUTS, MEASUREMENTS, every_topic
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.rights import Kind, Operation, Right, rights_of
from talaia.stream.settings import BusSettings

__all__ = ["command", "secured", "typed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]

SECRET = "planted-secret"
ON_THE_BUS = ["version", "clock", "topics, rights", "topic settings", "workers"]


class Doctor(NamedTuple):
    code: int
    out: str

    @property
    def found(self) -> dict[str, dict[str, Any]]:
        return {finding["check"]: finding for finding in json.loads(self.out)["findings"]}

    @property
    def states(self) -> dict[str, str]:
        return {name: finding["state"] for name, finding in self.found.items()}


Talaia = Callable[..., Doctor]
Start = Callable[[str, str, dict[str, str]], ServiceProcess]


@pytest.fixture(scope="module")
def bus(broker: str) -> BusSettings:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=f"t{uuid.uuid4().hex[:8]}.")
    topics.apply(settings, every_topic())
    return settings


@pytest.fixture
def talaia(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Talaia:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: Doctor(*command("doctor", *arguments)[:2])


def test_on_a_bus_in_order_nothing_is_wrong(talaia: Talaia) -> None:
    done = talaia("--json")
    states = done.states
    assert done.code == 0, done.out
    assert {states[name] for name in ("broker", *ON_THE_BUS, "settings", "python", "disk")} == {"ok"}


def test_without_topics_it_names_the_command_that_makes_them(
    talaia: Talaia, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALAIA_TOPIC_PREFIX", prefix)
    done = talaia("--json")
    assert done.code == 1
    assert done.states["topics, rights"] == "wrong"
    assert done.found["topics, rights"]["cure"] == "run `talaia topics apply`, or correct TALAIA_TOPIC_PREFIX"
    assert {done.states[name] for name in ("topic settings", "workers")} == {"not looked at"}


def test_a_topic_that_differs_from_the_catalogue_is_told(bus: BusSettings) -> None:
    topics.apply(bus, [dataclasses.replace(MEASUREMENTS, retention=timedelta(days=1))])
    try:
        verdict = checks.topic_settings(bus)
    finally:
        topics.apply(bus, [MEASUREMENTS])
    assert (verdict.state, verdict.cure) == (State.WRONG, "run `talaia topics apply`")
    assert "retention.ms=86400000" in verdict.says


def test_clocks_that_are_apart_are_told_and_which_is_ahead(bus: BusSettings) -> None:
    assert checks.clock(bus, wall_now).state is State.OK
    ahead = checks.clock(bus, lambda: wall_now() + timedelta(minutes=3))
    assert (ahead.state, ahead.says) == (State.WRONG, "this machine's clock is 3 min ahead of Kafka's")
    behind = checks.clock(bus, lambda: wall_now() - timedelta(seconds=30))
    assert behind.state is State.WARN
    assert "behind Kafka's" in behind.says


def test_a_release_of_kafka_that_is_not_tested_is_told(bus: BusSettings) -> None:
    assert checks.version(bus, kafka_version()).state is State.OK
    other = checks.version(bus, "2.8.0")
    assert other.state is State.WARN
    assert "Talaia is tested with 2.8.0" in other.says


def test_work_that_nobody_does_is_told(broker: str, prefix: str) -> None:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(settings, INPUTS)
    assert checks.workers(settings, wall_now()).state is State.OK
    producer = Producer({"bootstrap.servers": broker})
    producer.produce(settings.topic(MEASUREMENTS.name), b"{}", key=b"upper", partition=3)
    assert producer.flush(30) == 0
    worker = Consumer({"bootstrap.servers": broker, "group.id": settings.topic("waste-worker")})
    worker.commit(offsets=[TopicPartition(settings.topic(MEASUREMENTS.name), 3, 0)], asynchronous=False)
    worker.close()
    verdict = checks.workers(settings, wall_now())
    assert verdict.state is State.WRONG
    assert "nobody does the work of waste-worker" in verdict.says


def test_processes_are_asked_and_one_that_went_away_is_missed(bus: BusSettings, processes: Start, tmp_path: Path) -> None:
    port = free_port()
    environment = {"TALAIA_KAFKA_BOOTSTRAP": bus.kafka_bootstrap, "TALAIA_TOPIC_PREFIX": bus.topic_prefix}
    own = {"TALAIA_WASTE_LISTEN": f"127.0.0.1:{port}", "TALAIA_WASTE_DATABASE_URL": f"sqlite:///{tmp_path}/view.sqlite"}
    api = processes("waste", "api", environment | own)
    addresses = [Address("waste-api", f"http://127.0.0.1:{port}/readyz")]
    wait_for(lambda: checks.processes(addresses).state is State.OK, "the API", last=api.said)
    # a port is not taken by what is meant to have it
    assert machine.ports([machine.Port("TALAIA_WASTE_LISTEN", "127.0.0.1", port, True)]).state is State.OK
    api.kill()
    gone = checks.processes(addresses)
    assert (gone.state, gone.says) == (State.WRONG, f"waste-api does not answer at http://127.0.0.1:{port}/readyz")
    assert checks.processes([]).state is State.UNSEEN


def test_with_the_broker_gone_that_is_one_line_and_what_needs_it_is_not_looked_at(
    talaia: Talaia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALAIA_KAFKA_BOOTSTRAP", f"127.0.0.1:{free_port()}")
    started = time.monotonic()
    done = talaia("--json")
    assert time.monotonic() - started < 20
    assert (done.code, done.states["broker"]) == (1, "wrong")
    assert {done.states[name] for name in ON_THE_BUS} == {"not looked at"}
    assert list(done.states.values()).count("wrong") == 1
    told = talaia()
    assert (told.code, told.out.count("does not answer"), "1 wrong" in told.out) == (1, 1, True)


def test_a_broker_that_takes_connections_and_never_answers_holds_nothing_up(
    talaia: Talaia, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("TALAIA_KAFKA_BOOTSTRAP", f"127.0.0.1:{silent.getsockname()[1]}")
        started = time.monotonic()
        done = talaia("--json")
        assert time.monotonic() - started < 20
    assert "does not answer" in done.found["broker"]["says"]


def test_a_broker_that_nobody_named_need_not_be_there() -> None:
    by_default = BusSettings.model_construct(_fields_set=set(), kafka_bootstrap=f"127.0.0.1:{free_port()}")
    assert checks.broker(by_default).state is State.UNSEEN


def test_wrong_settings_are_told_and_the_machine_is_still_looked_at(talaia: Talaia, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALAIA_KAFKA_BOOTSTRAP", f"waste:{SECRET}@host:1")
    done = talaia("--json")
    assert (done.code, done.states["settings"], done.states["broker"]) == (1, "wrong", "not looked at")
    assert (done.states["python"], done.states["disk"]) == ("ok", "ok")
    assert done.found["settings"]["says"] == "TALAIA_KAFKA_BOOTSTRAP"
    assert SECRET not in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--worker", "pump-1:9100"),
        ("--api", "ftp://x"),
        ("--api", "http://127.0.0.1:abc"),
        ("--worker", "http://[::1"),
        ("--nonsense",),
    ],
)
def test_a_mistake_is_told(talaia: Talaia, arguments: tuple[str, ...]) -> None:
    assert talaia(*arguments).code == 2


@pytest.fixture(scope="module")
def guarded(secured: SecuredKafka) -> str:
    """The prefix of all topics on a bus that asks who comes."""
    prefix = f"t{uuid.uuid4().hex[:8]}."
    topics.apply(BusSettings(kafka_bootstrap=secured.plain, topic_prefix=prefix), every_topic())
    return prefix


def test_an_operator_with_all_rights_is_told_so_and_one_who_lacks_some_which(secured: SecuredKafka, guarded: str) -> None:
    operator = secured.user(rights_of("cli", every_topic()), guarded)
    assert checks.broker(operator.settings()).says.endswith(f"answers user {operator.name}; 1 in the cluster")
    assert checks.rights(operator.settings()).state is State.OK
    assert checks.topic_settings(operator.settings()).state is State.OK
    clock = checks.clock(operator.settings(), wall_now)
    assert (clock.state, clock.cure) == (State.UNSEEN, "grant it DESCRIBE on the cluster")
    operator.revoke(Right(Kind.TOPIC, MEASUREMENTS.name, Operation.READ))
    verdict = checks.rights(operator.settings())
    assert (verdict.state, verdict.cure) == (State.WRONG, "grant it what is missing")
    assert f"READ topic {guarded}{MEASUREMENTS.name}" in verdict.says


def test_a_user_named_for_a_role_is_asked_for_the_rights_of_that_role(secured: SecuredKafka, guarded: str) -> None:
    worker = User(secured, f"{guarded}waste-worker", secured.folder / "waste-worker.toml", guarded)
    worker.change_password()
    worker.grant(*rights_of("waste-worker", every_topic()))
    verdict = checks.rights(worker.settings())
    assert verdict.state is State.OK, verdict
    assert "rights of waste-worker are given" in verdict.says
    assert checks.topic_settings(worker.settings()).state is State.WARN


def test_a_wrong_password_and_a_stranger_s_certificate_are_told_as_such(secured: SecuredKafka) -> None:
    user = secured.user()
    user.file.write_text(f'user = "{user.name}"\npassword = "{SECRET}"\n')
    refused = checks.broker(user.settings())
    assert refused.state is State.WRONG
    assert f"does not accept user {user.name}" in refused.says
    assert SECRET not in str(refused)
    tls = secured.user(ca_file="ca.pem")
    assert "does not speak TLS as asked" in checks.broker(tls.settings(secured.password)).says
