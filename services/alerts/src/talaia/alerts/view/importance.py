"""In which order alarms matter to an operator: what needs a hand, what is still wrong, what is over, then the rest."""

from enum import StrEnum


class ShownState(StrEnum):
    """What an alarm shows, by the precedence of `alarm_states.csv`."""

    UNACKNOWLEDGED = "UNACKNOWLEDGED"
    LATCHED_UNACKNOWLEDGED = "LATCHED_UNACKNOWLEDGED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    LATCHED = "LATCHED"
    RETURNED_UNACKNOWLEDGED = "RETURNED_UNACKNOWLEDGED"
    SHELVED = "SHELVED"
    SUPPRESSED_BY_DESIGN = "SUPPRESSED_BY_DESIGN"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"
    NORMAL = "NORMAL"


TURNS = {
    ShownState.UNACKNOWLEDGED: 0,
    ShownState.LATCHED_UNACKNOWLEDGED: 0,
    ShownState.ACKNOWLEDGED: 1,
    ShownState.LATCHED: 1,
    ShownState.RETURNED_UNACKNOWLEDGED: 2,
    ShownState.SHELVED: 3,
    ShownState.SUPPRESSED_BY_DESIGN: 3,
    ShownState.OUT_OF_SERVICE: 3,
    ShownState.NORMAL: 4,
}

OPEN = tuple(state for state, turn in TURNS.items() if turn < TURNS[ShownState.SHELVED])
"""What stands in the operator's list."""
ASIDE = tuple(state for state, turn in TURNS.items() if turn == TURNS[ShownState.SHELVED])
"""What is kept from it: shelved, suppressed by design, out of service. Whatever happens to it, it is not forgotten."""
NEEDS_A_HAND = tuple(state for state in OPEN if state.endswith("UNACKNOWLEDGED"))


def turn_of(shown: str) -> int:
    """Place of a state; one that this release does not know is shown first."""
    return TURNS[ShownState(shown)] if shown in set(ShownState) else 0
