"""Each service alone: an environment of its own with its libraries and nothing else, in which both its processes run."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from support import house
from support.asking import answers
from support.checkout import DEADLINE_S, clean_environment, run
from support.processes import wait_for
from talaia.cli.kafka.node import free_port
from talaia.contracts.catalogue import every_topic
from talaia.stream import topics
from talaia.stream.settings import BusSettings

LIBRARIES = ("libs/contracts", "libs/stream", "libs/web")
UV = Path(sys.executable).with_name("uv")


def installed_alone(service: str, folder: Path) -> Path:
    """The python of an environment with this service, as its image is made."""
    lock, wheels = house.ROOT / f"infra/docker/{service}.lock", folder / "wheels"
    python = folder / "venv/bin/python"
    run(folder, [str(UV), "venv", "--quiet", "--python", sys.executable, "venv"])
    into = [str(UV), "pip", "install", "--quiet", "--python", str(python)]
    run(folder, [*into, "--require-hashes", "-r", str(lock)])
    for distribution in (*LIBRARIES, f"services/{service}"):
        build = [str(UV), "build", "--quiet", "--wheel", "--require-hashes", "--build-constraints", "requirements.lock"]
        run(house.ROOT, [*build, "--out-dir", str(wheels), distribution])
    run(folder, [*into, "--no-deps", *map(str, wheels.glob("*.whl"))])
    return python


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.timeout(DEADLINE_S)
@pytest.mark.parametrize("service", house.SERVICES)
def test_a_service_alone_runs_and_brings_no_other(broker: str, prefix: str, tmp_path: Path, service: str) -> None:
    python = installed_alone(service, tmp_path)
    others = [name for name in (*house.SERVICES, "cli") if name != service]
    look = f"import importlib.util as i; print([name for name in {others} if i.find_spec('talaia.' + name)])"
    assert run(tmp_path, [str(python), "-c", look]).strip() == "[]"

    topics.apply(BusSettings(kafka_bootstrap=broker, topic_prefix=prefix), every_topic())
    metrics, port, own = free_port(), free_port(), f"TALAIA_{service.upper()}_"
    environment = clean_environment() | {
        "TALAIA_KAFKA_BOOTSTRAP": broker,
        "TALAIA_TOPIC_PREFIX": prefix,
        "TALAIA_METRICS_PORT": str(metrics),
        f"{own}LISTEN": f"127.0.0.1:{port}",
        f"{own}DATABASE_URL": f"sqlite:///{tmp_path}/view.sqlite",
    }
    log = tmp_path / "log"
    started = []
    try:
        for role in ("worker", "api"):
            with log.open("ab") as out:
                command = [python, "-m", f"talaia.{service}", role]
                started.append(subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=out, stderr=out))
        for address in (f"http://127.0.0.1:{metrics}/healthz", f"http://127.0.0.1:{port}/readyz"):
            wait_for(partial(answers, address), address, last=log.read_text)
    finally:
        for process in started:
            process.terminate()
    assert [process.wait(60) for process in started] == [0, 0]
