"""What strangers wrote reaches a terminal as text and as nothing else."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.table import Table
from talaia import cli
from talaia.cli.plain import plain_console
from talaia.cli.status.report import Bus, Group, Input, Process, Rejects, Report
from talaia.cli.status.table import show

AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
SOURCES = sorted(Path(cli.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("words", ["[/x]", "[conceal]gate", "[link=http://x]gate[/link]", ":smile:", "\\[/x]"])
def test_text_is_shown_as_it_is_alone_and_in_a_table(words: str) -> None:
    console = plain_console(width=80)
    table = Table("source", box=None)
    table.add_row(words)
    with console.capture() as shown:
        console.print(words)
        console.print(table)
    assert [line.strip() for line in shown.get().splitlines()] == [words, "source", words]


def test_a_report_shows_the_reason_and_the_state_that_strangers_wrote_as_they_are() -> None:
    rejects = Rejects(count=1, newest_reason="[/x]", newest_at=AT)
    bus = Bus(kafka="127.0.0.1:9092", groups=[Group(worker="waste-worker", inputs=[Input(topic="[conceal]", rejects=rejects)])])
    process = Process(name="[/y]", url="http://127.0.0.1:1", state="[/z]")
    console = plain_console(width=200)
    with console.capture() as shown:
        show(console, Report(at=AT, bus=bus, processes=[process], problems=["[/v]"]))
    assert [words for words in ("[/x], 0.0 s ago", "[conceal]", "[/y]", "[/z]", "- [/v]") if words not in shown.get()] == []


def test_the_command_line_has_no_other_console() -> None:
    assert [file.name for file in SOURCES if re.search(r"\bConsole\(", file.read_text())] == ["plain.py"]
