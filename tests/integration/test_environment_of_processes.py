"""What a process says of its environment before it does anything else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SECRET = "planted-secret"
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("TALAIA_")}
ROLES = {
    "worker": [sys.executable, "-m", "talaia.waste", "worker"],
    "api": [sys.executable, "-m", "talaia.waste", "api"],
    "verb": [sys.executable, "-m", "talaia.cli", "rebuild", "waste"],
}


@pytest.mark.parametrize("role", ROLES)
def test_every_process_refuses_a_variable_that_is_no_setting_and_names_the_nearest(role: str) -> None:
    told = CLEAN | {"TALAIA_KAFKA_BOOTSRAP": SECRET}
    done = subprocess.run(ROLES[role], env=told, capture_output=True, text=True, check=False, timeout=60)
    sentence = "TALAIA_KAFKA_BOOTSRAP is no setting; did you mean TALAIA_KAFKA_BOOTSTRAP?"
    assert done.stderr.strip().removeprefix("talaia: ") == sentence
    assert done.returncode in (1, 2)
    assert done.stdout == ""


def test_a_service_shows_value_and_origin_of_settings_and_of_a_secret_that_it_is_set(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"postgresql://waste:{SECRET}@127.0.0.1:1/waste")
    secret.chmod(0o600)
    told = CLEAN | {"TALAIA_WASTE_DATABASE_URL_FILE": str(secret), "TALAIA_CLOCK": "replay"}
    command = [sys.executable, "-m", "talaia.waste", "settings"]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    rows = {line.split()[0]: line.split()[1:3] for line in done.stdout.splitlines()}
    assert rows["TALAIA_WASTE_DATABASE_URL"] == ["set", "file"]
    assert rows["TALAIA_CLOCK"] == ["replay", "environment"]
    assert rows["TALAIA_WASTE_LISTEN"] == ["127.0.0.1:8001", "default"]


def test_a_worker_knows_the_settings_beside_it_without_loading_a_database() -> None:
    script = "import sys; from talaia.stream.settings import *; read(WorkerSettings); print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], env=CLEAN, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
