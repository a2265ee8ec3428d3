"""A check is one look at one thing. It says what it found and what to do; it can neither hang nor stop those after it."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from talaia.cli.plain import plain
from talaia.stream.environment import SettingsRefused
from talaia.stream.unavailable import BusUnavailable


class State(StrEnum):
    """How it is. Warn: it works, and may soon not."""

    OK = "ok"
    WARN = "warn"
    WRONG = "wrong"
    UNSEEN = "not looked at"


class Verdict(NamedTuple):
    """What a check found; cure: what to do, empty when there is nothing to be done."""

    state: State
    says: str
    cure: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict as a program reads it."""

    check: str
    state: State
    says: str
    cure: str


class Check(NamedTuple):
    """needs: a check that must have gone well before, empty: none."""

    name: str
    look: Callable[[], Verdict]
    needs: str = ""


def sentence(state: State, told: str) -> Verdict:
    """A verdict from a sentence that ends in its cure, as ours do: `what is wrong: what to do`."""
    says, colon, cure = told.rpartition(": ")
    return Verdict(state, says, cure) if colon else Verdict(state, told)


def sentences(state: State, told: Sequence[str]) -> Verdict:
    """A verdict from several sentences; of many the first three."""
    rest = f"; and {len(told) - 3} more" if len(told) > 3 else ""
    return Verdict(state, "; ".join(told[:3]) + rest) if len(told) > 1 else sentence(state, told[0])


def examine(checks: Iterable[Check], patience_s: float, all_s: float) -> list[Finding]:
    """Look at everything, one after the other, each for so many seconds at most, and at all of it for `all_s`."""
    found: dict[str, Finding] = {}
    ends_at = time.monotonic() + all_s
    for check in checks:
        needed = found.get(check.needs)
        if needed is not None and needed.state in (State.WRONG, State.UNSEEN):
            verdict = Verdict(State.UNSEEN, f"{needed.check}: {needed.state}")
        else:
            verdict = _within(check, patience_s, ends_at - time.monotonic(), all_s)
        found[check.name] = Finding(check=check.name, state=verdict.state, says=plain(verdict.says), cure=plain(verdict.cure))
    return list(found.values())


def _within(check: Check, patience_s: float, left_s: float, all_s: float) -> Verdict:
    verdicts: list[Verdict] = []
    if left_s > 0:
        thread = threading.Thread(target=lambda: verdicts.append(_look(check)), daemon=True)
        thread.start()
        thread.join(min(patience_s, left_s))
    if verdicts:
        return verdicts[0]
    if left_s < patience_s:
        return Verdict(State.UNSEEN, f"not reached within {all_s:.0f} s, which the checks before it took")
    return Verdict(State.WRONG, f"no answer within {patience_s:.0f} s", "see why, and try again")


def _look(check: Check) -> Verdict:
    try:
        return check.look()
    except SettingsRefused:
        return Verdict(State.UNSEEN, f"settings: {State.WRONG}")
    except BusUnavailable as why:
        return sentence(State.WRONG, str(why))
    except Exception as error:  # the others are still to be looked at
        return Verdict(State.WRONG, f"the check itself failed ({type(error).__name__})", "report it")
