"""The library of Docker Compose itself loads the files: what it starts is what ours says. Go builds it, once."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import want
from support.compose import GIVEN, MAIN, OWN_KAFKA, TOGETHER, load, services_of
from support.house import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
MODEL = load(MAIN)
PROFILES = sorted({profile for service in MODEL["services"].values() for profile in service["profiles"]})
LOADER = ROOT / "var/tools/compose-loader"
SOURCE = Path(__file__).with_name("loader")


@pytest.fixture(scope="module")
def loader() -> Path:
    go = shutil.which("go")
    if go is None:
        want("Go", "install it; with it Compose's own loader is built")
    if not LOADER.exists() or LOADER.stat().st_mtime < max(file.stat().st_mtime for file in SOURCE.iterdir()):
        LOADER.parent.mkdir(parents=True, exist_ok=True)
        command = [str(go), "build", "-C", str(SOURCE), "-trimpath", "-o", str(LOADER), "."]
        subprocess.run(command, env=os.environ | {"GOWORK": "off"}, check=True)
    return LOADER


def _load(loader: Path, profile: str, *files: str, **given: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"]} | GIVEN | given
    return subprocess.run([loader, profile, *files], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("files", TOGETHER.values(), ids=TOGETHER)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_starts_what_our_own_reading_says_and_tells_it_the_same(
    loader: Path, profile: str, files: tuple[str, ...]
) -> None:
    done = _load(loader, profile, *files)
    assert done.returncode == 0, done.stderr
    model = load(*files)
    told = {name: model["services"][name].get("environment", {}) for name in services_of(model, profile)}
    assert {name: variables or {} for name, variables in json.loads(done.stdout).items()} == told


def test_without_secrets_it_says_what_makes_them(loader: Path) -> None:
    done = _load(loader, "city", MAIN, SECRETS_FOLDER="")
    assert done.returncode == 1
    assert "run make secrets first" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_the_place_of_ones_own_kafka_it_asks_for_it(loader: Path) -> None:
    done = _load(loader, "waste", MAIN, OWN_KAFKA, TALAIA_KAFKA_BOOTSTRAP="")
    assert done.returncode == 1
    assert "say where your Kafka is, as HOST:PORT" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_it_refuses_what_waits_for_nobody(loader: Path, tmp_path: Path) -> None:
    file = tmp_path / "compose.yml"
    file.write_text("services: { a: { image: x:1, depends_on: [b] } }\n")
    assert "depends on undefined service" in _load(loader, "city", str(file)).stderr
