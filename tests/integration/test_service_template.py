"""`talaia new-service`: what it makes keeps the rules of the house under any name; what it must not do it refuses."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support import compose, house
from support.checkout import checkout
from support.settings import MOST_SETTINGS, variables_of
from talaia.cli.new_service.name import checked
from talaia.cli.new_service.verb import new_service
from talaia.cli.trouble import Trouble

NAMES = ("wastewater", "ab", "bicycles", "z" * 16)
"""One that begins as another service is called, the shortest, one between the libraries by the alphabet, the longest, behind them
all."""

DEPLOYED = (
    "postgres",
    "observability",
    "prometheus",
    "grafana",
    "login",
    "database",
    "production",
    "small",
    "default",
    "city",
    "cli",
)
"""Words of the compose file and of the manifests."""


def listed(tree: Path) -> dict[str, bytes]:
    return {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in tree.rglob("*")
        if path.is_file() and ".git" not in path.parts and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A checkout with some new services, and what it held before."""
    tree = checkout(tmp_path_factory.mktemp("tree"))
    before = listed(tree)
    for name in NAMES:
        new_service(name, into=tree)
    return tree, before


@pytest.mark.parametrize(
    "rule",
    [house.long_files, house.forbidden_names, house.namespace_inits, house.strangers],
    ids=lambda rule: rule.__name__,
)
def test_new_services_follow_the_rule(trees: tuple[Path, dict[str, bytes]], rule) -> None:
    assert rule(trees[0]) == []


def test_new_services_are_written_as_ruff_writes_and_import_as_the_rooms_allow(trees: tuple[Path, dict[str, bytes]]) -> None:
    tree = trees[0]
    assert house.lint(tree) == []
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "tests"], ["format", "--check", "."]):
        done = subprocess.run([ruff, *command, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    assert house.imports(tree) == []


def test_only_the_places_that_name_every_service_change(trees: tuple[Path, dict[str, bytes]]) -> None:
    tree, before = trees
    after = listed(tree)
    changed = {name for name in before if after.get(name) != before[name]}
    made = ("infra/kubernetes/components/strimzi/", "docs/reference/")  # by `make schemas`
    by_hand = {name for name in changed if not name.startswith(made)}
    overlays = {f"infra/kubernetes/overlays/{overlay}/kustomization.yaml" for overlay in ("small", "production")}
    beside = {f"infra/compose/{each}.yml" for each in ("login", "open-kafka", "own-kafka", "postgres")}
    deployed = {"docker-compose.yml", "infra/monitoring/prometheus.yml", *beside, *overlays}
    assert by_hand == {"README.md", "pyproject.toml", *deployed}
    assert all(any(service in name for service in NAMES) for name in after.keys() - before.keys())


def test_worker_and_api_of_each_have_at_most_twelve_settings_together(trees: tuple[Path, dict[str, bytes]]) -> None:
    for name in NAMES:
        held = runpy.run_path(str(trees[0] / f"services/{name}/src/talaia/{name}/settings.py"))
        variables = variables_of(held[f"{name.capitalize()}Settings"])
        assert f"TALAIA_{name.upper()}_LISTEN" in variables
        assert len(variables) <= MOST_SETTINGS


def test_each_has_its_own_profile_of_the_compose_file_with_a_worker_and_an_api(trees: tuple[Path, dict[str, bytes]]) -> None:
    services = yaml.safe_load((trees[0] / "docker-compose.yml").read_text())["services"]
    for name in NAMES:
        brought = {service for service, how in services.items() if name in how["profiles"]}
        assert {f"{name}-worker", f"{name}-api"} <= brought
        assert services[f"{name}-api"]["environment"][f"TALAIA_{name.upper()}_LISTEN"] == "0.0.0.0:8080"
        assert services[f"{name}-worker"]["secrets"] == [{"source": f"{name}-worker.toml", "target": "bus.toml"}]
    ports = [how["ports"][0] for how in services.values() if "ports" in how]
    assert len(set(ports)) == len(ports)


@pytest.mark.parametrize("files", compose.TOGETHER.values(), ids=compose.TOGETHER)
def test_in_every_compose_file_each_comes_to_the_bus_as_itself(
    trees: tuple[Path, dict[str, bytes]], files: tuple[str, ...]
) -> None:
    model = compose.load(*files, read=lambda path: (trees[0] / path).read_text())
    assert [*compose.bus(model), *compose.references(model), *compose.schema(model)] == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Parking", "small letters"),
        ("car-park", "small letters"),
        ("car_park", "small letters"),
        ("2cars", "a letter first"),
        ("../etc", "small letters"),
        ("", "small letters"),
        ("a" * 17, "2 to 16"),
        ("class", "no word of Python's"),
        ("waste", "there is a service waste already"),
        ("stream", "reserved"),
        ("envelope", "reserved"),
        ("kafka", "reserved"),
        ("broker", "reserved"),
        ("worker", "reserved"),
        ("operator", "reserved"),
        *((name, "reserved") for name in DEPLOYED),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_reason(name: str, says: str) -> None:
    with pytest.raises(Trouble, match=says) as refused:
        checked(name, house.ROOT)
    assert "\n" not in str(refused.value)


def test_nothing_is_written_over_and_nothing_is_begun(trees: tuple[Path, dict[str, bytes]]) -> None:
    tree = trees[0]
    mine = tree / "tests/integration/test_ferries_travels.py"
    mine.write_text("mine")
    before = listed(tree)
    try:
        with pytest.raises(Trouble, match=r"test_ferries_travels\.py: there already, and not written over"):
            new_service("ferries", into=tree)
        assert listed(tree) == before
    finally:
        mine.unlink()  # the tree is every test's


def test_elsewhere_than_in_a_checkout_it_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="is no checkout of Talaia"):
        new_service("ferries", into=tmp_path)
