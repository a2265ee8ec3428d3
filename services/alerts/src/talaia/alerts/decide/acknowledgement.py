"""Region acknowledgement: has somebody taken this activation into their hands, and for how long."""

from talaia.alerts.decide import flood
from talaia.alerts.decide.ledger import after
from talaia.alerts.decide.turn import Region, Turn, always, note, nothing, raises, refuse
from talaia.alerts.model.table import Row

TIMER = "acknowledgement_over"


def _needs(turn: Turn) -> bool:
    return turn.kind.needs_acknowledgement


def _needs_none(turn: Turn) -> bool:
    return not turn.kind.needs_acknowledgement


def _overdue(turn: Turn) -> bool:
    return turn.alarm.memory.overdue


def _active(turn: Turn) -> bool:
    return turn.alarm.standing.condition == "active"


def _off_delay(turn: Turn) -> bool:
    return turn.alarm.standing.condition == "off_delay"


def _active_or_off_delay(turn: Turn) -> bool:
    return _active(turn) or _off_delay(turn)


def _active_off_delay_or_latched(turn: Turn) -> bool:
    return _active_or_off_delay(turn) or turn.alarm.standing.condition == "latched"


def _acknowledges_itself(turn: Turn) -> bool:
    return turn.kind.acknowledges_itself_on_return


def _expires(turn: Turn) -> bool:
    return turn.kind.acknowledgement_expires_min is not None


def _start(turn: Turn) -> None:
    minutes = turn.kind.acknowledgement_expires_min
    assert minutes is not None
    turn.start(TIMER, after(turn.now, 60 * minutes))


def _stop(turn: Turn) -> None:
    turn.stop(TIMER)
    turn.remembers(overdue=False)


def _note_overdue(turn: Turn) -> None:
    turn.remembers(overdue=True)
    turn.notes.append("overdue")


def _answer_already(turn: Turn) -> None:
    turn.answer = "already_acknowledged"


def _sign(turn: Turn, row: Row) -> None:
    """Whose hands it is in, since when: nobody's when it acknowledged itself."""
    acknowledged = row.to == "acknowledged"
    turn.remembers(overdue=False)
    if acknowledged:
        flood.forget(turn)
    if acknowledged and turn.act is not None:
        turn.remembers(unheard=False)
        turn.stands(acknowledged_by=turn.act.who, acknowledged_at=turn.now)
    else:
        turn.stands(acknowledged_by=None, acknowledged_at=None)


ACKNOWLEDGEMENT = Region(
    name="acknowledgement",
    guards={
        "kind needs acknowledgement": _needs,
        "kind needs none": _needs_none,
        "acknowledgement overdue": _overdue,
        "condition active": _active,
        "condition off_delay": _off_delay,
        "condition active or off_delay": _active_or_off_delay,
        "condition active off_delay or latched": _active_off_delay_or_latched,
        "kind acknowledges itself on return": _acknowledges_itself,
        "acknowledgement_expires_min set": _expires,
        "otherwise": always,
    },
    effects={
        "none": nothing,
        "repeat": raises("repeat"),
        "start acknowledgement": _start,
        "stop acknowledgement": _stop,
        "answer already_acknowledged": _answer_already,
        "note overdue": _note_overdue,
        "note by_system": note("by_system"),
        "note became_actual": note("became_actual"),
        "refuse nothing_to_acknowledge": refuse("nothing_to_acknowledge"),
        "refuse nothing_to_unacknowledge": refuse("nothing_to_unacknowledge"),
        "refuse not_acknowledged": refuse("not_acknowledged"),
    },
    entered=_sign,
)
