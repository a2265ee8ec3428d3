"""The list of problem codes is whole: every code that the sources can answer stands in it, with its status, and no other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from problem_codes import of_services
from support.house import ROOT
from talaia.web import problem
from talaia.web.codes import EVERYWHERE

OF_SERVICES = of_services(ROOT)
SOURCES = {"web": ROOT / "libs/web/src"} | {path.name: path / "src" for path in ROOT.glob("services/*")}


def calls(folder: Path, name: str) -> Iterator[ast.Call]:
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield node


def constant(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def raised(folder: Path) -> set[tuple[object, object]]:
    """Status and code of every problem, as far as the sources say them."""
    return {(constant(call.args[0]), constant(call.args[1])) for call in calls(folder, "Problem")}


@pytest.mark.parametrize("part", SOURCES)
def test_every_problem_of_the_sources_is_listed_with_its_status(part: str) -> None:
    listed = {(meaning.status, code) for code, meaning in (EVERYWHERE | OF_SERVICES.get(part, {})).items()}
    said = {(status, code) for status, code in raised(SOURCES[part]) if None not in (status, code)}
    assert said or part not in {"web", *OF_SERVICES}, "nothing was read"
    assert said <= listed


def test_every_status_that_is_turned_into_a_problem_is_listed() -> None:
    assert {code: meaning.status for code, meaning in EVERYWHERE.items() if code in problem._CODES.values()} == {
        code: status for status, code in problem._CODES.items()
    }


def test_every_reason_for_which_a_measurement_is_refused_is_listed() -> None:
    reasons = {constant(call.args[0]) for call in calls(SOURCES["waste"], "Refusal")}
    assert reasons
    assert reasons <= OF_SERVICES["waste"].keys()


@pytest.mark.parametrize("part", OF_SERVICES)
def test_no_code_is_listed_that_the_sources_do_not_say(part: str) -> None:
    text = "".join(path.read_text() for path in SOURCES[part].rglob("*.py") if path.name != "codes.py")
    assert [code for code in OF_SERVICES[part] if f'"{code}"' not in text] == []


def test_a_service_lists_no_code_of_everywhere_anew() -> None:
    assert [code for codes in OF_SERVICES.values() for code in codes if code in EVERYWHERE] == []
