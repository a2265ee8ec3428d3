"""A source was taken away for good: its conditions end, with that reason, and nobody waits for its word any more."""

from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.play import play
from talaia.alerts.decide.presence import SOURCE_SILENT
from talaia.alerts.decide.settle import hear, known, own_word, settle
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.identity import alarm_id_of
from talaia.alerts.model.inputs import Act, Details, Word
from talaia.alerts.model.outcomes import Cause, Entry
from talaia.alerts.model.parts import AlarmPart, SourcePart, source_part
from talaia.contracts.vocabulary import Role, SignalState


def retire(ledger: Ledger, act: Act, cause: Cause) -> None:
    """Judge the act; one that is refused changes nothing. A source that speaks again is heard as a new one."""
    source = act.retired_source
    assert source is not None
    alarms = list(ledger.alarms_of(source))
    rule = _rule_broken(ledger, act, source, alarms)
    if rule is None:
        for alarm in alarms:
            if alarm.standing.condition in ("on_delay", "active"):
                _end(ledger, act, cause, alarm)
        silent = known(ledger, f"{SOURCE_SILENT}/{source}")
        if silent is not None and silent.standing.condition != "normal":
            hear(ledger, own_word(ledger, SOURCE_SILENT, source, SignalState.ENDED, cause, source), cause)
        ledger.end(source_part(source))
    entry = Entry(
        at=ledger.now,
        cause=cause,
        region="act",
        event=act.verb.value,
        alarm_id=alarm_id_of(ledger.area, f"{SOURCE_SILENT}/{source}"),
        position=act.position,
        refused=rule,
        notes=(source,),
        text=act.text,
        policy=ledger.policy(),
    )
    ledger.say(entry)


def _rule_broken(ledger: Ledger, act: Act, source: str, alarms: list[AlarmPart]) -> str | None:
    if not alarms and not isinstance(ledger.get(source_part(source)), SourcePart):
        return "unknown_source"
    if act.role.rank < Role.ENGINEER.rank:
        return "role"
    return None if act.reason.strip() else "reason"


def _end(ledger: Ledger, act: Act, cause: Cause, alarm: AlarmPart) -> None:
    """The act stands for the word that the source will not say; its reason is on every entry."""
    turn = Turn(ledger, alarm, alarm, cause)
    turn.text = act.text
    turn.word = Word(
        id=act.id,
        source=alarm.standing.source,
        time=ledger.now,
        recorded_at=ledger.now,
        condition_id=alarm.condition_id,
        kind=alarm.kind,
        subject=alarm.standing.subject,
        location=alarm.standing.location,
        state=SignalState.ENDED,
        details=Details(),
    )
    turn.remembers(last_word_at=ledger.now)
    play(turn, SignalState.ENDED.value, "signal")
    settle(turn)
