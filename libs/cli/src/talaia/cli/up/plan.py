"""Which processes make up an installation on one machine, and what each is told."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from talaia.cli.kafka.node import HOST, Node, free_port
from talaia.stream.settings import BusSettings

KAFKA = "kafka"
EXITS_FILE, KAFKA_FILE = "TALAIA_EXITS_FILE", "TALAIA_KAFKA_FILE"


@dataclass(frozen=True)
class Program:
    """One process. health: address that answers 200 when it can be used; address: what people open in a browser."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    health: str = ""
    address: str = ""


def broker(node: Node) -> Program:
    """The local Kafka as a program."""
    return Program(KAFKA, node.command, {})


def of_services(names: Iterable[str], settings: BusSettings, var: Path) -> list[Program]:
    """Worker and API of each service, on free ports of this machine."""
    programs = []
    for name in names:
        programs += [_worker(name, settings, var), _api(name, settings, var)]
    return programs


def database_url(name: str) -> str:
    """The variable by which a service's API is told where its view stands."""
    return f"TALAIA_{name.upper()}_DATABASE_URL"


def _worker(name: str, settings: BusSettings, var: Path) -> Program:
    port = free_port()
    environment = _bus(settings) | {
        "TALAIA_INSTANCE": f"{name}-worker-1",
        "TALAIA_METRICS_PORT": str(port),
        EXITS_FILE: str((var / f"{name}-worker.exits.json").resolve()),
    }
    return Program(f"{name}-worker", _python(name, "worker"), environment, health=f"http://{HOST}:{port}/healthz")


def _api(name: str, settings: BusSettings, var: Path) -> Program:
    port, own = free_port(), f"TALAIA_{name.upper()}_"
    environment = _bus(settings) | {
        "TALAIA_INSTANCE": f"{name}-api-1",
        f"{own}LISTEN": f"{HOST}:{port}",
        database_url(name): f"sqlite:///{(var / f'{name}.db').resolve().as_posix()}",
    }
    address = f"http://{HOST}:{port}"
    return Program(f"{name}-api", _python(name, "api"), environment, health=f"{address}/readyz", address=address)


def _python(name: str, role: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"talaia.{name}", role)


def _bus(settings: BusSettings) -> dict[str, str]:
    file = settings.kafka_file
    spoken = {KAFKA_FILE: str(file.resolve())} if file else {}
    return spoken | {
        "TALAIA_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "TALAIA_TOPIC_PREFIX": settings.topic_prefix,
        "TALAIA_CLOCK": str(settings.clock),
    }
