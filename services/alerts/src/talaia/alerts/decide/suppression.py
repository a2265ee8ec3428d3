"""In which way an alarm is suppressed, if it is: nothing of it rings, and nothing of it is deleted."""

from talaia.alerts.decide import flood
from talaia.alerts.decide.turn import Turn


def reason(turn: Turn) -> str | None:
    """Why an alarm is silent, in the order in which the list shows it; None when nothing suppresses it."""
    standing = turn.alarm.standing
    if standing.service == "out_of_service":
        return "out_of_service"
    if standing.design != "free":
        return "suppressed_by_design"
    return "shelved" if standing.shelf == "shelved" else None


def begins(turn: Turn) -> None:
    """Who is suppressed does not wait for a bell; what it waited to say stays unheard."""
    flood.forget(turn)
