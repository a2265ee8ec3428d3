"""What rings: the first row of annunciation whose guard holds decides, whatever the bell is called."""

from collections.abc import Callable
from typing import NamedTuple

from talaia.alerts.decide import flood, suppression
from talaia.alerts.decide.turn import Turn, always
from talaia.alerts.model.kind import higher
from talaia.contracts.vocabulary import Priority

BELLS = {"new_activation": "new", "re_alarm": "risen", "repeat": "repeated", "released": "released"}
"""Events that ring, and as what."""


class Rule(NamedTuple):
    """A row of annunciation: when it holds, and the reason for which it is silent; None announces."""

    holds: Callable[[Turn], bool]
    silent: str | None


def _diagnostic(turn: Turn) -> bool:
    return turn.kind.diagnostic


def _handed_over(turn: Turn) -> bool:
    return _reaches(turn.alarm.memory.handed, turn)


def _chattering(turn: Turn) -> bool:
    return turn.alarm.standing.chattering and _reaches(turn.alarm.memory.heard, turn)


def _reaches(heard: Priority | None, turn: Turn) -> bool:
    return heard is not None and heard.rank >= turn.alarm.standing.priority.rank


RULES = {
    "annunciation.new_activation.2": Rule(_diagnostic, "diagnostic"),
    "annunciation.new_activation.3": Rule(_handed_over, "handed_over"),
    "annunciation.new_activation.4": Rule(_chattering, "chattering"),
    "annunciation.new_activation.5": Rule(flood.swallows, "flood"),
    "annunciation.new_activation.6": Rule(always, None),
}
"""By row of the table, in its order."""


def annunciate(turn: Turn, event: str) -> None:
    """Ring, or say why not. What is let go rings only when nothing else suppresses it and it has not been heard."""
    suppressed = suppression.reason(turn)
    if event == "released" and (suppressed or not turn.alarm.memory.unheard):
        return
    if suppressed:
        _suppressed(turn, event, suppressed)
        return
    row, rule = next((row, rule) for row, rule in RULES.items() if rule.holds(turn))
    turn.rows.append(row if event == "new_activation" else f"annunciation.{event}" + (".2" if event == "released" else ""))
    turn.silent = rule.silent
    turn.remembers(unheard=False)
    if rule.silent is None:
        flood.announced(turn)
        _announce(turn, event)
    elif rule.silent == "flood":
        flood.swallowed(turn, event)
    elif rule.silent == "handed_over" and turn.alarm.memory.handed is not None:
        turn.remembers(heard=higher(turn.alarm.memory.handed, turn.alarm.memory.heard))
    turn.enter("annunciation", event, announced=turn.announced, silent=turn.silent)


def _suppressed(turn: Turn, event: str, reason: str) -> None:
    """The bell is swallowed, and stays to be heard."""
    turn.rows.append("annunciation.new_activation.1" if event == "new_activation" else f"annunciation.{event}")
    turn.silent = reason
    turn.remembers(unheard=True)
    turn.enter("annunciation", event, silent=reason)


def catch_up(turn: Turn, bell: str) -> None:
    """Ring what flood mode swallowed."""
    turn.rows.append("annunciation.flood_minute")
    flood.rang(turn)
    _announce(turn, bell)
    turn.enter("annunciation", flood.TIMER, announced=turn.announced)


def _announce(turn: Turn, bell: str) -> None:
    turn.announced = BELLS[bell]
    turn.stands(announced_at=turn.now)
    turn.remembers(heard=higher(turn.alarm.standing.priority, turn.alarm.memory.heard), unheard=False)
