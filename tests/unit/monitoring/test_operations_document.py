"""docs/operations.md speaks of what there is: every alert, every exit code, every command."""

import re

import pytest
import yaml
from support.house import ROOT
from talaia.cli.__main__ import app
from talaia.stream import stopping
from typer.main import get_command

TEXT = (ROOT / "docs/operations.md").read_text()
CHAPTERS = "".join(
    TEXT.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0] for title in ("Alerts", "How a worker ends", "Failures")
)
SECTIONS = dict(re.findall(r"^### (.+)\n((?:(?!##).*\n?)*)", CHAPTERS, re.MULTILINE))
RULES = [
    rule
    for group in yaml.safe_load((ROOT / "infra/monitoring/rules/talaia.yml").read_text())["groups"]
    for rule in group["rules"]
]
PARTS = ("Meaning.", "Meanwhile.", "First look.", "Cure.")


def _chapter(title: str) -> set[str]:
    body = TEXT.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^### (.+)$", body, re.MULTILINE))


@pytest.mark.parametrize("title", SECTIONS)
def test_a_paragraph_says_what_it_means_what_is_lost_where_to_look_and_what_cures_it(title: str) -> None:
    assert [part for part in PARTS if f"**{part}**" not in SECTIONS[title]] == []


def test_every_alert_has_its_paragraph_and_every_paragraph_its_alert() -> None:
    assert {rule["alert"] for rule in RULES} == _chapter("Alerts")
    assert {rule["annotations"]["runbook"] for rule in RULES} == {
        f"docs/operations.md#{title.lower()}" for title in _chapter("Alerts")
    }


def test_every_alert_is_made_of_metrics_that_are_described() -> None:
    described = set(re.findall(r"`((?:talaia|process)_\w+)", TEXT)) | {"up"}
    for rule in RULES:
        used = set(re.findall(r"\b(?:talaia|process)_\w+|\bup\b", re.sub(r'"[^"]*"', "", rule["expr"])))
        assert used <= described, rule["alert"]
        assert used or rule["alert"] == "DeadMansSwitch"


def test_every_way_in_which_a_worker_ends_has_its_paragraph() -> None:
    codes = {value for name, value in vars(stopping).items() if name.isupper() and isinstance(value, int)}
    assert {f"Exit code {code}" for code in codes | {0}} == _chapter("How a worker ends")


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`talaia ([a-z]+(?: [a-z]+)?)", TEXT))))
def test_every_command_that_is_named_is_there(command: str) -> None:
    verb, _, rest = command.partition(" ")
    verbs = get_command(app).commands  # type: ignore[attr-defined]
    assert verb in verbs
    assert not rest or rest in getattr(verbs[verb], "commands", {rest})
