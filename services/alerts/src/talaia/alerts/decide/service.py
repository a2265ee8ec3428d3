"""Region service: an alarm that cannot be trusted is taken out, with a reason, and looked at again in time."""

from datetime import datetime, timedelta

from talaia.alerts.decide import suppression
from talaia.alerts.decide.turn import Effect, Region, Turn, always, raises, refuse
from talaia.alerts.model.parts import OutOfService
from talaia.alerts.model.table import Row
from talaia.contracts.vocabulary import SignalState

TIMER = "review_over"
OVERDUE = "alerts.out_of_service_overdue"


def _rule_broken(turn: Turn) -> str | None:
    """The first rule of taking an alarm out of service that the act breaks."""
    act = turn.act
    assert act is not None
    if not act.reason.strip():
        return "reason"
    return "review" if act.review_at is not None and act.review_at <= turn.now else None


def _rules_hold(turn: Turn) -> bool:
    return _rule_broken(turn) is None


def _refuse(turn: Turn) -> None:
    turn.refused = _rule_broken(turn)


def _review_at(turn: Turn) -> datetime:
    assert turn.act is not None
    return turn.act.review_at or turn.now + timedelta(hours=turn.kind.review_after_h)


def _start(turn: Turn) -> None:
    act, review_at = turn.act, _review_at(turn)
    assert act is not None
    turn.stands(out_of_service=OutOfService(by=act.who, reason=act.reason, review_at=review_at))
    turn.start(TIMER, review_at)


def _stop(turn: Turn) -> None:
    turn.stop(TIMER)


def _overdue(state: SignalState) -> Effect:
    """Effect: the system's own word of the alarm whose review is due."""

    def said(turn: Turn) -> None:
        turn.own.append((OVERDUE, turn.alarm.condition_id, state))

    return said


def _entered(turn: Turn, row: Row) -> None:
    if row.to == "out_of_service":
        suppression.begins(turn)
    else:
        turn.stands(out_of_service=None)


SERVICE = Region(
    name="service",
    guards={"the service rules hold": _rules_hold, "otherwise": always},
    effects={
        "start review": _start,
        "restart review": _start,
        "stop review": _stop,
        "released": raises("released"),
        "raise alerts.out_of_service_overdue": _overdue(SignalState.BEGAN),
        "end alerts.out_of_service_overdue": _overdue(SignalState.ENDED),
        "refuse with the rule that was broken": _refuse,
        "refuse in_service": refuse("in_service"),
    },
    entered=_entered,
)
