"""The broker of docker-compose.yml asks everybody who he is: its start script on a real Kafka, and who comes to it."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError as AdminError
from support.asking import answers, ask
from support.compose_broker import ComposeBus
from support.house import ROOT
from support.processes import ServiceProcess, wait_for
from talaia.cli import rights
from talaia.cli.kafka.node import free_port
from talaia.stream.connection import accepted
from talaia.stream.kafka_file import read_kafka_file

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeBus]:
    """Formatted and started for the first time; `topics` ran."""
    made = ComposeBus(tmp_path_factory.mktemp("compose"))
    made.start()
    try:
        assert made.run("topics").endswith("every right answers, and no other\n")
        yield made
    finally:
        made.stop()


def test_worker_and_api_come_in_by_the_files_that_make_secrets_made(
    bus: ComposeBus, processes: Callable[[str, str, dict[str, str]], ServiceProcess], tmp_path: Path
) -> None:
    metrics, port = free_port(), free_port()
    own = {"TALAIA_METRICS_PORT": str(metrics), "TALAIA_EXITS_FILE": f"{tmp_path}/exits.json"}
    worker = processes("waste", "worker", bus.environment("waste-worker", **own))
    own = {"TALAIA_WASTE_LISTEN": f"127.0.0.1:{port}"}
    own |= {"TALAIA_WASTE_DATABASE_URL": f"sqlite:///{tmp_path}/view.sqlite"}
    api = processes("waste", "api", bus.environment("waste-api", **own))
    assert "configured things sent" in bus.run("cli", "city", "apply", str(ROOT / "infra/cities/demo"), "waste")
    health = f"http://127.0.0.1:{metrics}/healthz"
    wait_for(lambda: answers(health) and len(ask("GET", health).json()["partitions"]) == 16, "the worker", last=worker.said)
    wait_for(lambda: answers(f"http://127.0.0.1:{port}/readyz"), "the API", last=api.said)
    told = bus.run("cli", "status", "waste", "--worker", f"http://127.0.0.1:{metrics}", "--api", f"http://127.0.0.1:{port}")
    assert "ready, holds 16 partitions" in told
    assert "nothing is wrong" in told


def test_nobody_gets_in_by_another_door_or_another_password(bus: ComposeBus, tmp_path: Path) -> None:
    settings, guessed = bus.settings("waste-worker"), tmp_path / "guessed.toml"
    guessed.touch(0o600)
    guessed.write_text('user = "admin"\npassword = "guessed"\n')
    assert accepted(settings)
    assert not accepted(settings.model_copy(update={"kafka_file": guessed}))
    with pytest.raises(AdminError):
        KafkaAdminClient(bootstrap_servers=bus.bus, bootstrap_timeout_ms=1_000)


def test_every_user_has_the_rights_of_the_catalogue_and_an_administrator_sees_them(bus: ComposeBus) -> None:
    assert rights.differences(bus.settings("topics")) == []


def test_the_password_of_the_administrator_is_in_no_command_line_and_no_log(bus: ComposeBus) -> None:
    password = read_kafka_file(bus.secrets / "bus/admin.toml").password.get_secret_value()
    told = bus.asked.read_text() + bus.said()
    assert "kafka-storage.sh format --standalone" in told
    assert "Kafka Server started" in told
    assert [secret for secret in (password, "storedKey", "SCRAM-SHA-512=[") if secret in told] == []


@pytest.mark.slow
def test_the_administrator_gets_another_password_as_the_documents_say(bus: ComposeBus) -> None:
    (bus.secrets / "bus/admin_password").write_text("another-one")
    assert not accepted(bus.settings("topics"))
    (command,) = [line for line in (ROOT / "docs/deploying.md").read_text().splitlines() if "kafka-configs.sh" in line]
    said = command.replace("docker compose exec -T broker /opt/kafka", str(bus.folder)).replace("127.0.0.1:9094", bus.local)
    subprocess.run(["sh", "-c", said.replace("var/secrets", str(bus.secrets))], check=True, stdout=subprocess.DEVNULL)
    wait_for(lambda: accepted(bus.settings("topics")), "the new password")


@pytest.mark.slow
def test_started_again_it_is_not_formatted_anew_and_knows_everybody(bus: ComposeBus) -> None:
    bus.stop()
    bus.start()
    assert bus.asked.read_text().count("kafka-storage.sh format") == 1
    assert all(accepted(bus.settings(service)) for service in ("topics", "cli", "waste-worker", "waste-api"))
    assert "all topics are as the catalogue says" in bus.run("cli", "topics", "check")
