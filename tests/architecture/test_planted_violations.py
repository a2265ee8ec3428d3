"""Every rule catches what it forbids: one violation of each, planted in a copy of the tree."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support import house

WASTE = "services/waste/src/talaia/waste"
ALERTS = "services/alerts/src/talaia/alerts"
CONTRACTS = "libs/contracts/src/talaia/contracts"
STREAM = "libs/stream/src/talaia/stream"
WEB = "libs/web/src/talaia/web"


PLANTS: list[tuple[Callable[[Path], list[str]], str, str]] = [
    (house.long_files, f"{WASTE}/model/planted_1.py", "A = 1\n" * 251),
    (house.long_functions, f"{WASTE}/model/planted_2.py", "def planted() -> None:\n" + "    pass\n" * 40),
    (house.long_functions, f"{WASTE}/model/planted_3.py", "async def planted() -> None:\n" + "    pass\n" * 40),
    (house.forbidden_names, f"{WASTE}/model/helpers.py", ""),
    (house.forbidden_names, f"{WASTE}/model/common/planted.py", ""),
    (house.namespace_inits, "libs/stream/src/talaia/__init__.py", ""),
    (house.wall_readers, f"{STREAM}/planted_4.py", "import time\n\nA = time.time()\n"),
    (house.wall_readers, f"{STREAM}/planted_5.py", "from datetime import datetime as d\n\nA = d.now()  # noqa: TID251\n"),
    (house.wall_readers, f"{WASTE}/planted_6.py", "from datetime import date\n\nA = date.today()\n"),
    (house.printers, f"{STREAM}/planted_7.py", "print('planted')  # noqa: T201\n"),
    (house.strangers, f"{WASTE}/view/planted_9.py", "import talaia.alerts.settings\n"),
    (house.strangers, f"{WASTE}/view/planted_10.py", "NAME = 'talaia-alerts'\n"),
    (house.lint, f"{WASTE}/model/planted_8.py", '"""Planted."""\n\nimport os\n'),
]


def _copy_with(tree: Path, plants: dict[str, str]) -> Path:
    for folder in house.source_folders(house.ROOT):
        shutil.copytree(folder, tree / folder.relative_to(house.ROOT), ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(
            house.ROOT / folder.relative_to(house.ROOT).parent / "pyproject.toml", (tree / folder.relative_to(house.ROOT)).parent
        )
    shutil.copy(house.ROOT / "pyproject.toml", tree)
    for path, text in plants.items():
        planted = tree / path
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.write_text(text)
    return tree


@pytest.fixture(scope="module")
def planted_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _copy_with(tmp_path_factory.mktemp("tree"), {path: text for _, path, text in PLANTS})


@pytest.mark.parametrize(("rule", "path"), [plant[:2] for plant in PLANTS], ids=[Path(path).name for _, path, _ in PLANTS])
def test_a_planted_violation_is_seen(planted_tree: Path, rule: Callable[[Path], list[str]], path: str) -> None:
    assert any(line.startswith(path) for line in rule(planted_tree))


def test_an_untyped_function_is_seen(tmp_path: Path) -> None:
    planted = f"{WASTE}/model/planted.py"
    tree = _copy_with(tmp_path, {planted: "def planted(level):\n    return level\n"})
    assert any(line.startswith(planted) and "no-untyped-def" in line for line in house.types(tree, planted))


def test_the_command_line_may_print_and_the_clock_may_read_the_wall(tmp_path: Path) -> None:
    planted = "libs/cli/src/talaia/cli/planted.py"
    tree = _copy_with(tmp_path, {planted: "print('planted')\n"})
    assert not any(line.startswith(planted) for line in house.printers(tree))
    assert not any(line.startswith(house.WALL) for line in house.wall_readers(tree))


FORBIDDEN_IMPORTS = [
    # what the planted module is, what it imports
    ("talaia.contracts.planted", "talaia.stream.clock"),
    ("talaia.stream.planted", "talaia.web"),
    ("talaia.stream.planted", "talaia.cli"),
    ("talaia.web.planted", "talaia.waste.view"),
    ("talaia.cli.planted", "talaia.waste.model"),
    ("talaia.waste.view.planted", "talaia.alerts.view"),
    ("talaia.alerts.view.planted", "talaia.waste.view"),
    ("talaia.waste.model.planted", "talaia.waste.decide"),
    ("talaia.waste.decide.planted", "talaia.waste.worker"),
    ("talaia.waste.decide.planted", "talaia.waste.settings"),
    ("talaia.waste.worker.planted", "talaia.waste.api"),
    ("talaia.waste.worker.planted", "talaia.waste.ingest"),
    ("talaia.waste.worker.planted", "talaia.waste.view"),
    ("talaia.waste.worker.planted", "sqlalchemy"),
    ("talaia.waste.worker.planted", "fastapi"),
    ("talaia.waste.ingest.planted", "talaia.waste.decide"),
    ("talaia.waste.ingest.planted", "talaia.waste.view"),
    ("talaia.waste.view.planted", "talaia.waste.model"),
    ("talaia.waste.view.planted", "talaia.waste.decide"),
    ("talaia.waste.api.planted", "talaia.waste.model"),
    ("talaia.waste.api.planted", "talaia.waste.decide"),
    ("talaia.waste.api.planted", "talaia.waste.worker"),
    *(
        (f"talaia.{service}.{room}.planted", forbidden)
        for service in ("waste", "alerts")
        for room in ("model", "decide")
        for forbidden in (
            *("faust", "kafka", "aiokafka", "fastapi", "sqlmodel", "sqlalchemy", "prometheus_client"),
            *("talaia.stream", "talaia.web", "talaia.contracts.envelope", "talaia.contracts.alerts"),
        )
    ),
]


def _path(module: str) -> str:
    _, name, *rest = module.split(".")
    group = "services" if name in ("waste", "alerts") else "libs"
    return "/".join((group, name, "src", "talaia", name, *rest)) + ".py"


@pytest.fixture(scope="module")
def import_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy with every forbidden import planted, one after the other in as many modules."""
    plants = {_path(f"{module}{number}"): f"import {imported}\n" for number, (module, imported) in enumerate(FORBIDDEN_IMPORTS)}
    if not (house.ROOT / WASTE / "settings.py").exists():
        plants[f"{WASTE}/settings.py"] = ""
    plants[f"{WASTE}/porch/__init__.py"] = ""
    plants[f"{STREAM}/ring_a.py"] = "from talaia.stream import ring_b\n"
    plants[f"{STREAM}/ring_b.py"] = "from talaia.stream import ring_a\n"
    plants[f"{WEB}/ring/one.py"] = "import talaia.web.round.two\n"
    plants[f"{WEB}/round/two.py"] = "import talaia.web.ring.three\n"
    plants |= {f"{WEB}/{name}.py": "" for name in ("ring/__init__", "round/__init__", "ring/three")}
    return "\n".join(house.imports(_copy_with(tmp_path_factory.mktemp("tree"), plants)))


@pytest.mark.parametrize(("number", "module", "imported"), [(n, *pair) for n, pair in enumerate(FORBIDDEN_IMPORTS)])
def test_a_forbidden_import_is_seen(import_report: str, number: int, module: str, imported: str) -> None:
    assert f"{module}{number} -> {imported}" in import_report


def test_a_room_that_does_not_exist_is_seen(import_report: str) -> None:
    assert "talaia.waste.porch" in import_report


def test_modules_that_import_each_other_are_seen(import_report: str) -> None:
    assert "ring_a" in import_report
    assert "talaia.web" in import_report.split("No two sub-packages import each other", 2)[-1]
