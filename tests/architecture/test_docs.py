"""What the documents refer to is there."""

import csv
import re
from pathlib import Path

import pytest
from support.house import ROOT
from talaia.contracts.vocabulary import Flag

DOCUMENTS = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "libs/*/*.md", "services/*/*.md", "infra/**/*.md") for path in ROOT.glob(pattern)
)
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)[^)]*\)")
NAMED_TEST = re.compile(r"`(test_\w+)`")
VERB = re.compile(r"`make ([a-z-]+)[^`]*`|^make ([a-z-]+)", re.MULTILINE)

of_every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


@of_every_document
def test_a_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@of_every_document
def test_a_verb_that_is_named_is_in_the_makefile(document: Path) -> None:
    verbs = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {one or other for one, other in VERB.findall(document.read_text())} <= set(verbs)


def test_a_test_that_a_document_names_is_there() -> None:
    tests = "".join(path.read_text() for path in ROOT.glob("tests/**/*.py"))
    named = {name for document in DOCUMENTS for name in NAMED_TEST.findall(document.read_text())}
    assert len(named) > 30
    assert sorted(name for name in named if f"def {name}(" not in tests) == []


@pytest.mark.parametrize("flag", Flag)
def test_every_quality_flag_stands_in_the_glossary(flag: Flag) -> None:
    assert f"| {flag.value} | {flag.name.lower().replace('_', ' ')} |" in (ROOT / "docs/glossary.md").read_text()


def test_every_state_that_an_operator_sees_stands_in_the_glossary() -> None:
    with (ROOT / "services/alerts/src/talaia/alerts/model/alarm_states.csv").open() as file:
        shown = [row["from"] for row in csv.DictReader(file) if row["region"] == "shown"]
    assert len(shown) == 9
    glossary = (ROOT / "docs/glossary.md").read_text()
    assert [state for state in shown if f"| {state} |" not in glossary] == []


@pytest.mark.parametrize("record", sorted((ROOT / "docs/decisions").iterdir()), ids=lambda path: path.stem)
def test_a_decision_says_what_why_what_follows_and_what_was_refused_on_one_page(record: Path) -> None:
    text = record.read_text()
    assert text.startswith(f"# {int(record.stem[:4])}. ")
    assert all(word in text for word in ("**Decided.**", "**Why.**", "**Follows.**", "**Refused.**"))
    assert len(text.split()) <= 600
