"""A turn ends: what it leads to for other alarms. What a cause hides learns of it; the system has its own words to say."""

from talaia.alerts.decide import incidents, masks
from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.play import close, play
from talaia.alerts.decide.silenced import hide
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.identity import alarm_id_of, mark
from talaia.alerts.model.inputs import Location, Word
from talaia.alerts.model.outcomes import Cause
from talaia.alerts.model.parts import SEEN_SIGNALS, AlarmPart, Memory, Standing, alarm_part
from talaia.contracts.vocabulary import SignalState


def settle(turn: Turn) -> None:
    """End the turn, then let the alarms that follow from it take their part, by condition id."""
    ledger, before = turn.ledger, turn.alarm.memory.hides_at
    incidents.count(turn)
    now = masks.places(ledger, turn.alarm)
    turn.remembers(hides_at=now)
    close(turn)
    if now != before:
        masks.keep(ledger, turn.alarm, before, now)
        _tell_followers(turn, "cause_began" if now else "cause_ended")
    for kind, subject, state in turn.own:
        _say(turn, kind, subject, state)


def hear(ledger: Ledger, word: Word, cause: Cause) -> None:
    """Let the alarm of a condition take a word that is new; the system's own words are always."""
    before = known(ledger, word.condition_id)
    turn = Turn(ledger, before, before or _new(ledger, word), cause)
    turn.word = word
    memory = turn.alarm.memory
    turn.remembers(
        last_word_at=word.time,
        sequence=word.sequence if word.sequence is not None else memory.sequence,
        seen=(*memory.seen, mark(word.id))[-SEEN_SIGNALS:],
    )
    turn.stands(source=word.source)
    hide(turn, word)
    play(turn, word.state.value, "signal")
    settle(turn)


def own_word(ledger: Ledger, kind: str, subject: str, state: SignalState, cause: Cause, site: str) -> Word:
    """What the system itself says, with the id of what made it say so."""
    return Word(
        id=cause.identity,
        source=f"talaia/alerts/{ledger.area}",
        time=ledger.now,
        recorded_at=ledger.now,
        condition_id=f"{kind}/{subject}",
        kind=kind,
        subject=subject,
        location=Location(site=site),
        state=state,
    )


def known(ledger: Ledger, condition_id: str) -> AlarmPart | None:
    """The alarm of a condition, if it was ever heard of."""
    part = ledger.get(alarm_part(alarm_id_of(ledger.area, condition_id)))
    return part if isinstance(part, AlarmPart) else None


def _tell_followers(turn: Turn, event: str) -> None:
    for alarm, of_cause in masks.followers(turn.ledger, turn.alarm):
        told = Turn(turn.ledger, alarm, alarm, turn.cause)
        told.masks = of_cause
        play(told, event)
        if told.alarm is not alarm:
            close(told)


def _say(turn: Turn, kind: str, subject: str, state: SignalState) -> None:
    """What never began has no end."""
    alarm = known(turn.ledger, f"{kind}/{subject}")
    if state is not SignalState.ENDED or (alarm is not None and alarm.standing.condition != "normal"):
        site = turn.alarm.standing.location.site
        hear(turn.ledger, own_word(turn.ledger, kind, subject, state, turn.cause, site), turn.cause)


def _new(ledger: Ledger, word: Word) -> AlarmPart:
    return AlarmPart(
        area=ledger.area,
        alarm_id=alarm_id_of(ledger.area, word.condition_id),
        condition_id=word.condition_id,
        kind=word.kind,
        version=1,
        changed_at=ledger.now,
        standing=Standing(
            source=word.source,
            subject=word.subject,
            location=word.location,
            priority=ledger.kind(word.kind).priority,
            details=word.details,
        ),
        memory=Memory(last_word_at=word.time),
    )
