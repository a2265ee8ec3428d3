"""docs/faults.md: what the fault campaign broke and what was lost, and what a campaign without one mechanism would show.

`make faults` and `make mutants` each write their table into it.
"""

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
from talaia.cli.kafka.lock import kafka_version

REPORT = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
FAULTS, MUTANTS = "faults: made by `make faults`", "mutants: made by `make mutants`"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line that a test wrote down (tests/support/campaign.py)."""

    fault: str
    rounds: int
    events: int
    lost: int
    wrong: int
    seen: str = ""


def faults_table(lines: Iterable[bytes]) -> str:
    """All rounds of a fault in one line, with what its longest run saw."""
    by_fault: dict[str, list[Row]] = {}
    for line in lines:
        row = msgspec.json.decode(line, type=Row)
        by_fault.setdefault(row.fault, []).append(row)
    cells: list[Sequence[str]] = [("what was broken", "times", "events", "lost", "wrong", "what else was seen")]
    for fault, rows in sorted(by_fault.items()):
        seen = max(rows, key=lambda row: (row.rounds, row.events)).seen
        sums = (sum(getattr(row, name) for row in rows) for name in ("rounds", "events", "lost", "wrong"))
        cells.append((fault, *(f"{count:,}" for count in sums), seen))
    return f"{_facts()}\n\n{table(cells)}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as Markdown; the first is the head."""
    head, *others = (f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)
    return "\n".join((head, "|" + "---|" * len(rows[0]), *others))


def put(section: str, content: str) -> None:
    """Replace what stands between a section's marks."""
    text = REPORT.read_text()
    begin, end = f"<!-- {section} -->\n", f"<!-- end of {section.partition(':')[0]} -->"
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        sys.exit(f"{REPORT.name} lacks the mark {begin.strip()} or {end.strip()}")
    REPORT.write_text(before + begin + content + "\n" + end + after)


def _facts() -> str:
    libraries = ", ".join(
        f"{name} {version(package)}" for name, package in (("Faust", "faust-streaming"), ("aiokafka", "aiokafka"))
    )
    return f"Kafka {kafka_version()}, {libraries}, Python {platform.python_version()}, {os.cpu_count()} cores."


if __name__ == "__main__":
    put(FAULTS, faults_table(Path(sys.argv[1]).read_bytes().splitlines()))
