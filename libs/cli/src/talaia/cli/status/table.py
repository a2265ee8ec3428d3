"""The report for people."""

from rich.console import Console
from rich.table import Table

from talaia.cli.status.report import Group, Input, Process, Report, words

_UNKNOWN = "no answer"


def show(console: Console, report: Report) -> None:
    """Two tables, and what is wrong."""
    console.print(f"{report.bus.kafka}: {_UNKNOWN if report.bus.error else 'answers'}")
    console.print(_workers(report))
    if report.processes:
        console.print(_processes(report))
    for problem in report.problems:
        console.print(f"- {problem}", style="red", soft_wrap=True)
    if not report.problems:
        console.print("nothing is wrong")


def _workers(report: Report) -> Table:
    table = Table("worker", "reads", "lag", "in stream time", "waiting", "held by", "rejects", "newest reject", box=None)
    for group in report.bus.groups:
        for number, each in enumerate(group.inputs):
            table.add_row("" if number else group.worker, *_input(each), "" if number else _held(group), *_rejects(each, report))
    return table


def _input(each: Input) -> tuple[str, ...]:
    lag = _UNKNOWN if each.lag_events is None else str(each.lag_events)
    return each.topic, lag, _seconds(each.lag_s), _seconds(each.waiting_s)


def _held(group: Group) -> str:
    if not group.state:
        return _UNKNOWN
    held = ", ".join(f"{member.name}: {_ranges(member.partitions)}" for member in group.members) or "nobody"
    return held if group.state in ("Stable", "Empty", "Dead") else f"{held} ({group.state})"


def _rejects(each: Input, report: Report) -> tuple[str, str]:
    if each.rejects is None:
        return _UNKNOWN, ""
    if each.rejects.newest_at is None:
        return str(each.rejects.count), ""
    age_s = (report.at - each.rejects.newest_at).total_seconds()
    return str(each.rejects.count), f"{each.rejects.newest_reason}, {words(max(age_s, 0.0))} ago"


def _processes(report: Report) -> Table:
    table = Table("process", "state", "view", "watchdog exits", "last end", box=None)
    for process in report.processes:
        exits = "" if process.ends is None else str(process.ends.watchdog_exits)
        table.add_row(process.name, process.state, _view(process), exits, _last_end(process))
    return table


def _view(process: Process) -> str:
    if process.view_age_s is None:
        return ""
    lag = _UNKNOWN if process.view_lag_events is None else f"{process.view_lag_events} events"
    return f"{words(process.view_age_s)} old, {lag} to take"


def _last_end(process: Process) -> str:
    if process.ends is None or not process.ends.last:
        return ""
    end = process.ends.last[-1]
    return f"{end.at:%Y-%m-%d %H:%M} {end.code}: {end.why}"


def _seconds(value: float | None) -> str:
    return "unknown" if value is None else words(value)


def _ranges(numbers: list[int]) -> str:
    """0-3, 7: runs are written short."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs) or "none"
