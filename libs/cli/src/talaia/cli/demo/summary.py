"""What came of the demo, in numbers that others counted."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from talaia.cli.demo import recount
from talaia.cli.demo.warned import Overflow, Verdict, false_alarms, judge, spells
from talaia.cli.trouble import Trouble
from talaia.cli.up.running import Running
from talaia.contracts.catalogue import CHANGELOGS, MEASUREMENTS
from talaia.stream.connection import librdkafka
from talaia.stream.topics import broker_version

WARNINGS = ("waste.overflow_expected", "waste.overflow_started")
_RECOUNT_TIMEOUT_S = 60.0
_LOOK_EVERY_S = 1.0


@dataclass(frozen=True)
class Count:
    """Two counts that must be equal."""

    what: str
    expected: int
    found: int

    @property
    def equal(self) -> bool:
        """They are."""
        return self.expected == self.found


@dataclass(frozen=True)
class Recount:
    """What the recount found."""

    offsets: dict[str, int]
    committed: dict[str, dict[str, int]]
    waste: dict[str, Any]
    alerts: dict[str, Any]

    def counts(self, sent: int) -> list[Count]:
        """All that must be equal: sent, on the broker, processed, shown by the APIs."""
        counts = [Count("measurements on the broker, of those sent", sent, self.offsets[MEASUREMENTS.name])]
        for group, topics in self.committed.items():
            counts += [Count(f"{topic} processed by {group}", self.offsets[topic], done) for topic, done in topics.items()]
        for topic, taken in self.waste["events"].items():
            counts.append(Count(f"{topic} seen by the waste API", self.offsets[topic], taken["taken"] + taken["skipped"]))
        for topic, seen in self.alerts["projected"].items():
            unreadable = self.alerts["unreadable"][topic]
            counts.append(Count(f"{topic} seen by the alerts API", self.offsets[topic], seen + unreadable))
        return counts

    def rejects(self) -> int:
        """Records that no worker could read."""
        return sum(count for topic, count in self.offsets.items() if topic.endswith(".rejected"))


def recounted(running: Running, sent: int) -> Recount:
    """Ask until all counts are equal, or time is up: an API may be a moment behind. Raises Trouble."""
    deadline = time.monotonic() + _RECOUNT_TIMEOUT_S
    while True:
        found = _ask(running)
        if all(count.equal for count in found.counts(sent)) or time.monotonic() > deadline:
            return found
        time.sleep(_LOOK_EVERY_S)


def tell(console: Console, running: Running, found: Recount, sent: int, verdicts: list[Verdict], unfounded: int) -> None:
    """Print it all."""
    console.rule("what came of it")
    facts = Table(box=None, show_header=False)
    for name, value in _facts(running, found, sent, unfounded).items():
        facts.add_row(name, value)
    console.print(facts)
    console.print(_counts(found.counts(sent)))
    console.print(_overflows(verdicts))


def judged(overflows: Iterable[Overflow], journal: list[dict[str, Any]]) -> tuple[list[Verdict], int]:
    """Every overflow, and the number of false alarms."""
    alarms = spells(journal, WARNINGS)
    verdicts = judge(overflows, alarms)
    return verdicts, false_alarms(verdicts, alarms)


def _facts(running: Running, found: Recount, sent: int, unfounded: int) -> dict[str, str]:
    by_method = found.waste["forecasts_by_method"]
    again = ", ".join(f"{name} {count} x" for name, count in running.restarts.items())
    return {
        "broker": f"{running.broker}, which speaks the protocol of {broker_version(running.settings)}",
        "events sent": f"{sent} (configuration and closing tick included)",
        "rejects": str(found.rejects()),
        "forecasts": f"{by_method.get('grey_box', 0)} by the model, {by_method.get('linear', 0)} by the fallback",
        "alarms": "{raised} raised, {acknowledged} acknowledged (through the API), {cleared} cleared".format(**found.alerts),
        "false alarms": str(unfounded),
        "started again": again or "nothing",
    }


def _counts(counts: list[Count]) -> Table:
    table = Table("counted by a program of other make", "should be", "is", "", box=None)
    for count in counts:
        table.add_row(count.what, str(count.expected), str(count.found), "equal" if count.equal else "DIFFERENT")
    return table


def _overflows(verdicts: list[Verdict]) -> Table:
    table = Table("overflow", "started", "warned before", box=None)
    for overflow, lead, _ in verdicts:
        warned = "no" if lead is None else f"{lead.total_seconds() / 60:.0f} min"
        table.add_row(overflow.site, f"{overflow.start:%Y-%m-%d %H:%M}", warned)
    return table


def _ask(running: Running) -> Recount:
    settings = running.settings
    apis = [f"{name}={running.programs[f'{name}-api'].address}" for name in ("waste", "alerts")]
    groups = [f"{log.worker}:{','.join(topic.name for topic in log.inputs)}" for log in CHANGELOGS]
    command = [sys.executable, str(Path(recount.__file__)), settings.topic_prefix, *apis, *groups]
    done = subprocess.run(command, input=json.dumps(librdkafka(settings)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise Trouble(f"the recount failed: {last[0]}")
    said = json.loads(done.stdout)
    return Recount(said["offsets"], said["committed"], said["answers"]["waste"], said["answers"]["alerts"])
