"""The rules of the house hold for the repository. `make lint` runs the tools: ruff, mypy, import-linter."""

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
