"""Chattering: an alarm that begins again and again; from the third time on only worse news of it rings."""

from datetime import timedelta

from talaia.alerts.decide.ledger import after
from talaia.alerts.decide.turn import Turn

ACTIVATIONS = 3
INTERVALS = 10
LEAST_S = 600.0
QUIET_S = 1_800.0
TIMER = "chatter_over"


def count(turn: Turn) -> None:
    """An activation: the third within ten sampling intervals, or ten minutes if that is longer, makes it chattering."""
    window = timedelta(seconds=max(INTERVALS * turn.kind.sampling_interval_s, LEAST_S))
    activated = (*turn.alarm.memory.activated, turn.now)[-ACTIVATIONS:]
    turn.remembers(activated=activated)
    often = len(activated) == ACTIVATIONS and activated[0] > turn.now - window
    if often and not turn.alarm.standing.chattering:
        turn.stands(chattering=True)
        turn.enter("chatter", "new_activation", state="quiet", to="chattering")
    if turn.alarm.standing.chattering:
        turn.start(TIMER, after(turn.now, QUIET_S))


def calm(turn: Turn) -> None:
    """It did not begin for half an hour."""
    turn.stands(chattering=False)
    turn.enter("chatter", TIMER, state="chattering", to="quiet")
