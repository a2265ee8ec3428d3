"""A person acts on alarms: known, allowed and of the version they saw; then the table judges."""

from talaia.alerts.decide import incident_acts, incidents
from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.play import play
from talaia.alerts.decide.retire import retire
from talaia.alerts.decide.settle import settle
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.inputs import Act
from talaia.alerts.model.outcomes import Cause, Entry, Look, Step
from talaia.alerts.model.parts import AlarmPart, alarm_part
from talaia.contracts.vocabulary import Role, Verb

_UNJUDGED = (Verb.NOTE, Verb.ASSIGN, Verb.VERDICT)
_LEAST = {Verb.TAKE_OUT_OF_SERVICE: Role.SUPERVISOR, Verb.RETURN_TO_SERVICE: Role.SUPERVISOR}
"""Who may do what an operator may not."""
NOTES_BYTES = 1_500
"""What an alarm carries of what people wrote; all of it stands in the journal."""


def judge(ledger: Ledger, act: Act) -> Step:
    """Judge one act, alarm by alarm; the same act twice is one act."""
    cause = Cause(type="act", id=act.id, identity=f"{act.source}#{act.id}", who=act.who)
    again = not ledger.first_time(act.id)
    if act.verb is Verb.RETIRE_SOURCE or act.verb in incident_acts.VERBS:
        if not again:
            (retire if act.verb is Verb.RETIRE_SOURCE else incident_acts.judge)(ledger, act, cause)
        return ledger.step()
    for alarm_id in dict.fromkeys(act.alarms):
        part = ledger.get(alarm_part(alarm_id))
        alarm = part if isinstance(part, AlarmPart) else None
        if again or alarm is None:
            _answer(ledger, act, cause, alarm_id, alarm, again)
        else:
            _act_on(ledger, act, cause, alarm)
    return ledger.step()


def _answer(ledger: Ledger, act: Act, cause: Cause, alarm_id: str, alarm: AlarmPart | None, again: bool) -> None:
    """An act that comes again, or on an alarm nobody knows."""
    refused = None if again else "unknown_alarm"
    if refused is not None:
        entry = Entry(
            at=ledger.now,
            cause=cause,
            region="act",
            event=act.verb.value,
            alarm_id=alarm_id,
            position=act.position,
            refused=refused,
            text=act.text,
            policy=ledger.policy(),
        )
        ledger.say(entry)
    ledger.look(
        Look(
            at=ledger.now,
            cause=cause,
            alarm_id=alarm_id,
            condition_id=alarm.condition_id if alarm else None,
            alarm=alarm,
            refused=refused,
            ignored="duplicate" if again else None,
        )
    )


def _act_on(ledger: Ledger, act: Act, cause: Cause, alarm: AlarmPart) -> None:
    turn = Turn(ledger, alarm, alarm, cause)
    turn.act, turn.text = act, act.text
    turn.refused = _rule_broken(act, alarm)
    if turn.refused is not None:
        turn.enter("act", act.verb.value, refused=turn.refused)
    elif act.verb in _UNJUDGED:
        _remark(turn, act)
    else:
        play(turn, act.verb.value)
    if turn.refused is None and act.text:
        turn.stands(notes=_notes(*turn.alarm.standing.notes, act.text))
    settle(turn)


def _remark(turn: Turn, act: Act) -> None:
    """An act that no region judges."""
    if act.verb is Verb.ASSIGN:
        turn.stands(assigned_to=act.assignee)
    elif act.verb is Verb.VERDICT:
        turn.stands(verdict=act.verdict)
        incidents.judged(turn)
    turn.enter("act", act.verb.value, verdict=act.verdict)


def _rule_broken(act: Act, alarm: AlarmPart) -> str | None:
    if act.role.rank < _LEAST.get(act.verb, Role.OPERATOR).rank:
        return "role"
    if act.if_version is not None and act.if_version != alarm.version:
        return "version"
    return None


def _notes(*notes: str) -> tuple[str, ...]:
    """The last notes that have room together."""
    kept: list[str] = []
    room = NOTES_BYTES
    for note in reversed(notes):
        short = note.encode()[:room].decode(errors="ignore")
        if short != note and kept:
            break
        kept.insert(0, short)
        room -= len(short.encode())
    return tuple(kept)
