"""Region design: what follows from a cause that stands is suppressed while it does, and for a while after."""

from talaia.alerts.decide import masks, suppression
from talaia.alerts.decide.ledger import after
from talaia.alerts.decide.turn import Region, Turn, always, nothing, raises
from talaia.alerts.model.table import Row

TIMER = "release_over"


def _covered(turn: Turn) -> bool:
    return masks.cause_of(turn) is not None


def _not_covered(turn: Turn) -> bool:
    return not _covered(turn)


def _delayed(turn: Turn) -> bool:
    return _delay_s(turn) > 0


def _not_delayed(turn: Turn) -> bool:
    return not _delayed(turn)


def _delay_s(turn: Turn) -> float:
    """Of several masks of one cause the longest; the cause is the one that went last."""
    return max((mask.release_delay_s for mask in turn.masks), default=0.0)


def _exempt_from_last(turn: Turn) -> bool:
    return masks.is_exempt(turn, by_name=turn.alarm.memory.let_go_by_name)


def _start(turn: Turn) -> None:
    turn.remembers(let_go_by_name=any(mask.names(turn.kind.kind) for mask in turn.masks))
    turn.start(TIMER, after(turn.now, _delay_s(turn)))


def _stop(turn: Turn) -> None:
    turn.stop(TIMER)


def _entered(turn: Turn, row: Row) -> None:
    """Its cause stays visible until it is free."""
    if row.to == "held":
        turn.stands(suppressed_by=masks.cause_of(turn))
        suppression.begins(turn)
    elif row.to == "free":
        turn.stands(suppressed_by=None)


DESIGN = Region(
    name="design",
    guards={
        "covered": _covered,
        "not covered": _not_covered,
        "release_delay_s > 0": _delayed,
        "release_delay_s = 0": _not_delayed,
        "exempt from the mask that lets go": _exempt_from_last,
        "otherwise": always,
    },
    effects={"none": nothing, "start release": _start, "stop release": _stop, "released": raises("released")},
    entered=_entered,
)
