"""Region shelf: an operator puts an alarm away, for a time, with a reason; it comes back by itself."""

from datetime import timedelta

from talaia.alerts.decide import suppression
from talaia.alerts.decide.turn import Region, Turn, always, nothing, raises, refuse
from talaia.alerts.model.parts import Shelved
from talaia.alerts.model.table import Row
from talaia.contracts.vocabulary import Role

TIMER = "shelf_over"
MOST_H = {Role.VIEWER: 0.0, Role.OPERATOR: 8.0, Role.SUPERVISOR: 72.0, Role.ENGINEER: 72.0}
"""How long a role may put an alarm away."""


def _rule_broken(turn: Turn) -> str | None:
    """The first rule of shelving that the act breaks."""
    act, kind = turn.act, turn.kind
    assert act is not None
    if not act.reason.strip():
        return "reason"
    if act.until is None or act.until <= turn.now:
        return "end"
    lasts = act.until - turn.now
    if lasts > timedelta(hours=MOST_H[act.role]):
        return "limit_of_role"
    if kind.shelve_max_h is not None and lasts > timedelta(hours=kind.shelve_max_h):
        return "limit_of_kind"
    if act.one_shot and turn.alarm.standing.condition not in ("active", "off_delay"):
        return "no_activation"
    return None


def _rules_hold(turn: Turn) -> bool:
    return _rule_broken(turn) is None


def _refuse(turn: Turn) -> None:
    turn.refused = _rule_broken(turn)


def _one_shot(turn: Turn) -> bool:
    shelved = turn.alarm.standing.shelved
    return shelved is not None and shelved.one_shot


def _start(turn: Turn) -> None:
    act = turn.act
    assert act is not None
    assert act.until is not None
    turn.stands(shelved=Shelved(by=act.who, reason=act.reason, until=act.until, one_shot=act.one_shot, silence=act.silence))
    turn.start(TIMER, act.until)


def _stop(turn: Turn) -> None:
    turn.stop(TIMER)


def _entered(turn: Turn, row: Row) -> None:
    if row.to == "shelved":
        suppression.begins(turn)
    else:
        turn.stands(shelved=None)


SHELF = Region(
    name="shelf",
    guards={"the shelving rules hold": _rules_hold, "one_shot": _one_shot, "otherwise": always},
    effects={
        "none": nothing,
        "start shelf": _start,
        "restart shelf": _start,
        "stop shelf": _stop,
        "released": raises("released"),
        "refuse with the rule that was broken": _refuse,
        "refuse not_shelved": refuse("not_shelved"),
    },
    entered=_entered,
)
