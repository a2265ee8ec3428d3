"""What the fault campaign broke, how often, and what was lost: one line a row, from which docs/faults.md is made.

`FAULTS_FILE` names the file; without it nothing is written.
"""

import os
from pathlib import Path

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One fault, broken `rounds` times. lost: events or outcomes missing at the end; wrong: parts of state or rows of a
    view that differ from an independent recount; seen: what else was measured, in words.
    """

    fault: str
    rounds: int
    events: int
    lost: int
    wrong: int
    seen: str = ""


def record(fault: str, *, rounds: int, events: int, lost: int, wrong: int, seen: str = "") -> None:
    """Write a row down, for the report."""
    file = os.environ.get("FAULTS_FILE")
    if file:
        line = msgspec.json.encode(Row(fault=fault, rounds=rounds, events=events, lost=lost, wrong=wrong, seen=seen))
        with Path(file).open("ab") as out:
            out.write(line + b"\n")
