"""Whether the fault campaign would notice: takes one mechanism of the bus out at a time, in a copy, and runs the rows that
should turn red.

`mutants.py [WORD]`: all, or those whose name holds the word. It works on the last commit. A text that an edit expects and
does not find ends it: the source has changed, and the edit must follow.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from faults_report import MUTANTS, put, table

ROOT = Path(__file__).resolve().parents[2]
STREAM = "libs/stream/src/talaia/stream"
KILLED = "tests/faults/test_kill.py::test_workers_killed_between_any_two_steps_of_a_settle_lose_and_double_nothing"
FROZEN = (
    "tests/faults/test_freeze.py::"
    "test_workers_frozen_between_any_two_steps_of_a_settle_write_nothing_and_their_late_outputs_win_nowhere"
)
REPLAYED = "tests/faults/test_replay_whole.py::test_a_replay_of_the_whole_input_into_the_same_state_applies_nothing_twice"
POISONED = (
    "tests/faults/test_poison.py::"
    "test_among_ten_thousand_messages_two_hundred_bad_ones_are_rejected_with_reason_and_all_others_counted"
)


SILENT = "tests/faults/test_silent.py::test_a_worker_that_hangs_with_its_heart_still_beating_is_ended_by_its_watchdog"


class Edit(NamedTuple):
    """A text that stands once in a module of the bus, and what stands there instead."""

    module: str
    old: str
    new: str


class Mutant(NamedTuple):
    """The bus without one mechanism."""

    without: str
    edits: tuple[Edit, ...]
    rows: tuple[str, ...]


BUS = (
    Mutant(
        "progress skipping: what the state covers is neither passed over nor skipped",
        (
            Edit("lane/transport.py", "await self._seek_to_state(mine)\n", "await super().perform_seek()\n"),
            Edit("folding/fold.py", "if record.offset > applied:", "if True:"),
        ),
        (REPLAYED,),
    ),
    Mutant(
        "waiting until outputs are acknowledged, before the state is written",
        (Edit("lane/outputs.py", "await asyncio.gather(*acknowledged)", "pass"),),
        (KILLED,),
    ),
    Mutant(
        "the epoch fence: each writer has a producer id of its own",
        (
            Edit(
                "lane/fenced_writer.py",
                "plain.set_pid_and_epoch(self.producer_id, self.epoch)",
                "await self._new_sender(plain, None)._maybe_wait_for_pid()",
            ),
        ),
        (FROZEN,),
    ),
    Mutant(
        "the claim: a recovery ends at the first claim that it reads, not at its own",
        (
            Edit(
                "lane/partition.py",
                "if record.offset == self._claim_offset and own and claim.epoch ==",
                "if True or claim.epoch ==",
            ),
        ),
        (KILLED,),
    ),
    Mutant(
        "rejects: what cannot be applied is passed over and not written down",
        (Edit("folding/fold.py", "self._rejects.append(Reject(self._topic, record, why.reason, why.detail, source))", "pass"),),
        (POISONED,),
    ),
    Mutant(
        "the watchdog: nobody ends a worker that hangs",
        (Edit("lane/watchdog.py", "if complaint is not None:", "if False:"),),
        (SILENT,),
    ),
    Mutant(
        "one batch: changed parts and progress are written one after the other",
        (
            Edit(
                "lane/settling.py",
                "await self._in_order(self.writer.write(records), len(changed) + 1)",
                "for one in records: await self._in_order(self.writer.write([one]), 1)",
            ),
        ),
        (KILLED,),
    ),
    Mutant(
        "the hold: a worker whose last good heartbeat is old goes on writing",
        (Edit("lane/pulse.py", "while not self.fresh:", "while False:"),),
        (FROZEN,),
    ),
    Mutant(
        "commit only what is settled: what was taken is committed",
        (
            Edit(
                "lane/transport.py",
                "return self._lane.committable(name, tp.partition) if name else None",
                "return self._lane.position(name, tp.partition) if name and self._lane.ready(tp.partition) else None",
            ),
        ),
        (KILLED,),
    ),
    Mutant(
        "positions: of two outcomes of a key a view keeps the one that came last",
        (
            Edit("views/rows.py", 'or row["position"] >= known["position"]', "or True"),
            Edit("views/rows.py", ", where=newer)", ")"),
        ),
        (FROZEN,),
    ),
)


def main(word: str) -> None:
    """Run all that are meant; ends with an error when one is not noticed."""
    chosen = [mutant for mutant in BUS if word in mutant.without]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        copy(tree)
        if red := red_rows(tree, dict.fromkeys(row for mutant in chosen for row in mutant.rows)):
            sys.exit("red with every mechanism in its place, so nothing is proved:\n" + "\n".join(red))
        noticed = {mutant.without: noticed_by(tree, mutant) for mutant in chosen}
    if not word:
        put(MUTANTS, table([("without", "rows that turn red"), *((name, "; ".join(red)) for name, red in noticed.items())]))
    if missed := [name for name, red in noticed.items() if not red]:
        sys.exit("not noticed by any row:\n" + "\n".join(missed))


def copy(tree: Path) -> None:
    """The last commit."""
    tree.mkdir()
    packed = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x"], cwd=tree, input=packed, check=True)


def noticed_by(tree: Path, mutant: Mutant) -> list[str]:
    """Names of the rows that turn red."""
    print(f"\nwithout {mutant.without}", flush=True)
    whole = {edit.module: (tree / STREAM / edit.module).read_text() for edit in mutant.edits}
    for edit in mutant.edits:
        path = tree / STREAM / edit.module
        text = path.read_text()
        if text.count(edit.old) != 1:
            sys.exit(f"{edit.module} has {text.count(edit.old)} times, not once: {edit.old!r} (without {mutant.without})")
        path.write_text(text.replace(edit.old, edit.new))
    try:
        red = red_rows(tree, mutant.rows)
    finally:
        for module, text in whole.items():
            (tree / STREAM / module).write_text(text)
    return red


def red_rows(tree: Path, rows: Iterable[str]) -> list[str]:
    """The tests that fail when the bus is the one of this tree."""
    sources = sorted((*tree.glob("libs/*/src"), *tree.glob("services/*/src")))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, sources)), "COLUMNS": "300"}
    environment.pop("FAULTS_FILE", None)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=0", *rows]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        sys.exit(f"the tests could not be run:\n{done.stdout}{done.stderr}")
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    print(*failed, sep="\n", flush=True)
    return [line.split(" ")[1].rpartition("::test_")[2].replace("_", " ") for line in failed]


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
