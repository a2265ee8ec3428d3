"""The rules of the house hold for the repository. `make lint` runs the tools: ruff, mypy, import-linter."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from support import house


@pytest.mark.parametrize(
    "rule",
    [house.long_files, house.long_functions, house.forbidden_names, house.namespace_inits, house.wall_readers, house.printers],
    ids=lambda rule: rule.__name__,
)
def test_the_repository_follows_the_rule(rule: Callable[[Path], list[str]]) -> None:
    assert rule(house.ROOT) == []


@pytest.mark.parametrize("service", house.SERVICES)
def test_the_tools_look_at_every_service(service: str) -> None:
    tool = tomllib.loads((house.ROOT / "pyproject.toml").read_text())["tool"]
    rooms = next(contract for contract in tool["importlinter"]["contracts"] if contract["id"] == "rooms")
    assert f"services/{service}/src" in tool["mypy"]["mypy_path"].split(":"), "add it to [tool.mypy] mypy_path"
    assert f"talaia.{service}" in rooms["containers"], "add it to the containers of the rooms in [tool.importlinter]"


def test_a_service_names_no_other_service() -> None:
    assert house.strangers(house.ROOT) == []
