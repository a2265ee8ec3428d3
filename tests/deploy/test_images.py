"""The images are built, are what they say, and run as compose and Kubernetes run them: without rights, on a read-only root."""

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import distributions
from pathlib import Path

import httpx
import pytest
from compose_secrets import GROUP, give_to_group
from conftest import want
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name
from support import images
from support.compose_broker import ComposeBus
from support.house import ROOT, SERVICES
from support.images import Hardened
from support.processes import wait_for
from talaia.cli.kafka.node import free_port

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.timeout(580)]
IMAGES = [*SERVICES, "cli"]
HEALTHY_S, END_S, LARGEST_MB = 10.0, 5.0, 200.0
Start = Callable[..., Hardened]


@pytest.fixture(scope="module")
def built() -> Iterator[Mapping[str, tuple[str, Path]]]:
    """Tag and files of each image."""
    wanting = images.missing()
    if wanting:
        want(", ".join(wanting), "images are built and run by root with buildah, debootstrap and util-linux (Debian's packages)")
    with images.alone():
        images.make_base()
        tags = {name: images.build(name) for name in IMAGES}
    with ExitStack() as stack:
        yield {name: (tag, stack.enter_context(images.files_of(tag))) for name, tag in tags.items()}


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeBus]:
    """The broker as compose starts it, and the users' files, which the group of the containers may read."""
    made = ComposeBus(tmp_path_factory.mktemp("compose"))
    assert give_to_group(made.secrets)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def start(tmp_path: Path, built: Mapping[str, tuple[str, Path]]) -> Iterator[Start]:
    """Start a role of an image, with folders that only its group may read; all are gone when the test ends."""
    started: list[Hardened] = []

    def one(name: str, *command: str, program: str = "service", folders: Sequence[Path] = (), **environment: str) -> Hardened:
        state, log = tmp_path / f"state-{len(started)}", tmp_path / f"log-{len(started)}"
        for folder in folders:
            copy = shutil.copytree(folder, state / folder.name)
            for path in (copy, *copy.rglob("*")):
                shutil.chown(path, group=GROUP)
        process = Hardened(built[name][1], state, log, environment, (program, *command))
        started.append(process)
        return process

    yield one
    for process in started:
        process.kill()


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_says_who_runs_it_how_it_ends_and_how_it_is(name: str, built: Mapping[str, tuple[str, Path]]) -> None:
    said = images.configuration(built[name][0])
    assert said["User"] == "10001:10001"
    assert said["Entrypoint"] == ["service"]
    assert said["StopSignal"] == "SIGTERM"
    assert said["Healthcheck"]["Test"][0] == "CMD"
    assert said["Labels"]["org.opencontainers.image.title"] == f"talaia-{name}"
    assert not any(word in variable for variable in said["Env"] for word in ("PASSWORD", "TOKEN", "SECRET"))


def installers(root: Path) -> Iterator[str]:
    """What could bring something into an image, wherever it is."""
    for folder, folders, files in os.walk(root):
        for name in {"pip", "pip3", "uv", "gcc", "cc", "g++", "make"} & {*files, *folders}:
            if name in files or Path(folder).name in ("site-packages", "dist-packages"):
                yield str((Path(folder) / name).relative_to(root))


def test_the_base_has_what_an_image_must_not_have(built: Mapping[str, tuple[str, Path]]) -> None:
    assert built
    with images.files_of(images.BASE) as base:
        assert {"bin/pip", "dist-packages/pip"} <= {"/".join(Path(found).parts[-2:]) for found in installers(base)}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_holds_its_service_the_command_all_of_them_and_nothing_that_installs(
    name: str, built: Mapping[str, tuple[str, Path]]
) -> None:
    files = built[name][1]
    held = {path.name for path in files.glob("opt/talaia/lib/python3*/site-packages/talaia/*")}
    assert held == {"contracts", "stream", "web", name, *(SERVICES if name == "cli" else ())}
    assert list(installers(files)) == []


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_lists_every_distribution_that_it_holds_and_no_other(name: str, built: Mapping[str, tuple[str, Path]]) -> None:
    text = (built[name][1] / "opt/talaia/sbom.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    said = json.loads(text)
    itself = said["metadata"]["component"]
    assert (said["specVersion"], itself["name"]) == ("1.6", f"talaia-{name}")
    listed = [(canonicalize_name(each["name"]), each["version"]) for each in (itself, *said["components"])]
    places = [str(place) for place in built[name][1].glob("opt/talaia/lib/python3*/site-packages")]
    held = [(canonicalize_name(each.name), each.version) for each in distributions(path=places)]
    assert sorted(listed) == sorted(held)


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_small_beside_its_base(name: str, built: Mapping[str, tuple[str, Path]]) -> None:
    with images.files_of(images.BASE) as base:
        over_mb = images.megabytes(built[name][1]) - images.megabytes(base)
    print(f"talaia-{name}: {over_mb:.0f} MB over its base")
    assert over_mb <= LARGEST_MB


def test_a_process_in_an_image_changes_nothing_and_may_do_nothing(start: Start) -> None:
    attempt = (
        "import pathlib\n"
        "for path in ('/opt/talaia/x', '/etc/x', '/x', '/proc/sys/kernel/hostname'):\n"
        "    try: pathlib.Path(path).write_text('x')\n"
        "    except OSError as error: print(path, error.strerror)\n"
        "    else: print(path, 'WRITTEN')\n"
        "pathlib.Path('/tmp/x').write_text('x'); pathlib.Path('/var/lib/talaia/x').write_text('x')\n"
        "print([line for line in open('/proc/self/status') if line.startswith(('CapEff', 'CapBnd', 'NoNewPrivs', 'Uid'))])\n"
    )
    process = start("waste", "-c", attempt, program="python")
    assert process.wait(60) == 0, process.said()
    assert "WRITTEN" not in process.said()
    assert "'CapEff:\\t0000000000000000\\n'" in process.said()
    assert "'CapBnd:\\t0000000000000000\\n'" in process.said()
    assert "'NoNewPrivs:\\t1\\n'" in process.said()
    assert "'Uid:\\t10001\\t10001\\t10001\\t10001\\n'" in process.said()


def test_the_city_runs_from_its_images_and_ends_when_it_is_told(start: Start, bus: ComposeBus, tmp_path: Path) -> None:
    at_home = {"TALAIA_KAFKA_BOOTSTRAP": bus.bus}
    told = at_home | {"TALAIA_KAFKA_FILE": "bus/admin.toml"}
    topics = start("cli", "topics", "apply", "--users", "--acls", "--secrets", "bus", folders=[bus.secrets / "bus"], **told)
    assert topics.wait(120) == 0, topics.said()
    own = {user: _own_file(bus, tmp_path, user) for user in ("cli", *(f"{s}-{r}" for s in SERVICES for r in ("worker", "api")))}
    told = at_home | {"TALAIA_KAFKA_FILE": "bus/bus.toml"}
    city = start("cli", "city", "apply", "demo", folders=[own["cli"], ROOT / "infra/cities/demo"], **told)
    assert city.wait(60) == 0, city.said()
    assert re.search(r"demo: [1-9]\d* configured things sent", city.said()), city.said()
    took = {}
    for service in SERVICES:
        for role in ("worker", "api"):
            took[f"{service}-{role}"] = _healthy_and_ended(start, service, role, [own[f"{service}-{role}"]], told)
    print(*(f"{name}: healthy after {well:.1f} s, ended in {ended:.1f} s" for name, (well, ended) in took.items()), sep="\n")
    assert all(well <= HEALTHY_S and ended <= END_S for well, ended in took.values()), took


def _own_file(bus: ComposeBus, folder: Path, user: str) -> Path:
    """A folder with the file of one user alone, under the name by which compose mounts it."""
    own = folder / user / "bus"
    own.mkdir(parents=True)
    shutil.copy(bus.secrets / f"bus/{user}.toml", own / "bus.toml")
    return own


def _healthy_and_ended(
    start: Start, service: str, role: str, folders: Sequence[Path], bus: Mapping[str, str]
) -> tuple[float, float]:
    """Seconds until it was healthy, and from SIGTERM to its end."""
    port, own = free_port(), f"TALAIA_{service.upper()}_"
    told = {"worker": {"TALAIA_METRICS_PORT": str(port)}, "api": {f"{own}LISTEN": f"127.0.0.1:{port}"}}[role]
    began = time.monotonic()
    process = start(service, role, folders=folders, **bus, **told)
    wait_for(lambda: _well(port), f"{service} {role} to be healthy", last=process.said)
    well = time.monotonic() - began
    status = process.status()
    assert (status["Uid"].split()[0], status["CapEff"], status["NoNewPrivs"]) == ("10001", "0000000000000000", "1")
    process.end()
    asked = time.monotonic()
    assert process.wait(30) == 0, process.said()
    return well, time.monotonic() - asked


def _well(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
