"""What a register comes to: the priority of each kind, and how the priorities are shared out."""

from collections.abc import Mapping

from talaia.alerts.model.kind import priority_of
from talaia.contracts.register import Register
from talaia.contracts.vocabulary import Priority

URGENT = (Priority.CRITICAL, Priority.HIGH)
MARKS = {"high": 0.05, "medium": 0.15, "low": 0.80}
"""Shares of alarms by priority that an operator can live with (ISA-18.2, EEMUA 191); critical ones count among the high."""


def priorities(register: Register) -> dict[str, Priority]:
    """Priority of each kind: its row of the matrix at its time to respond. A kind that the matrix has no row for has none."""
    minutes, classes = register.priority.minutes, register.priority.classes
    return {
        entry.kind: priority_of(minutes, row, entry.time_to_respond_min)
        for entry in register.kinds
        if len(row := classes.get(entry.consequence_class, ())) == len(minutes) + 1
    }


def split(found: Mapping[str, Priority]) -> dict[str, float]:
    """The share of high (critical among them), medium and low, each 0 to 1."""
    named = ["high" if priority in URGENT else priority.value for priority in found.values()]
    return {mark: named.count(mark) / max(len(named), 1) for mark in MARKS}
