"""What rings: the first row of annunciation whose guard holds decides, whatever the bell is called."""

from collections.abc import Callable
from typing import NamedTuple

from talaia.alerts.decide.turn import Turn, always
from talaia.alerts.model.kind import higher

BELLS = {"new_activation": "new", "re_alarm": "risen", "repeat": "repeated"}
"""Events that ring, and as what."""


class Rule(NamedTuple):
    """A row of annunciation: when it holds, and the reason for which it is silent; None announces."""

    holds: Callable[[Turn], bool]
    silent: str | None


def _diagnostic(turn: Turn) -> bool:
    return turn.kind.diagnostic


def _handed_over(turn: Turn) -> bool:
    """What the forecast was heard at counts until somebody acknowledges: from then on the alarm speaks for itself."""
    handed = turn.alarm.memory.handed
    return handed is not None and handed.rank >= turn.alarm.standing.priority.rank


RULES = {
    "annunciation.new_activation.2": Rule(_diagnostic, "diagnostic"),
    "annunciation.new_activation.3": Rule(_handed_over, "handed_over"),
    "annunciation.new_activation.6": Rule(always, None),
}
"""By row of the table, in its order."""


def annunciate(turn: Turn, event: str) -> None:
    """Ring, or say why not."""
    row, rule = next((row, rule) for row, rule in RULES.items() if rule.holds(turn))
    turn.rows.append(row if event == "new_activation" else f"annunciation.{event}")
    turn.silent = rule.silent
    if rule.silent is None:
        turn.announced = BELLS[event]
        turn.stands(announced_at=turn.now)
        turn.remembers(heard=higher(turn.alarm.standing.priority, turn.alarm.memory.heard))
    elif rule.silent == "handed_over":
        turn.remembers(heard=higher(turn.alarm.memory.handed or turn.alarm.standing.priority, turn.alarm.memory.heard))
    turn.enter("annunciation", event, announced=turn.announced, silent=turn.silent)
