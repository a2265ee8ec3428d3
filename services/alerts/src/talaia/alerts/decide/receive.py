"""A word of a condition arrives: is it new and in order; then its alarm takes it."""

from datetime import timedelta

import msgspec

from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.play import close, play
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.identity import alarm_id_of, mark
from talaia.alerts.model.inputs import Word
from talaia.alerts.model.outcomes import Cause, Look, Step
from talaia.alerts.model.parts import SEEN_SIGNALS, AlarmPart, Memory, Standing, alarm_part, source_part

FUTURE_LIMIT = timedelta(seconds=60)
"""A word dated later than this after it was recorded would deafen its condition to all that follows."""


def receive(ledger: Ledger, word: Word) -> Step:
    """Take one word of a source in."""
    cause = Cause(type="signal", id=word.id, identity=f"{word.source}#{word.id}")
    alarm = _alarm(ledger, word)
    ignored = _ignored(alarm, word)
    if ignored is None:
        hear(ledger, word, cause)
        return ledger.step()
    if ignored != "from_the_future":
        _count(ledger, word.source, ignored)
    alarm_id = alarm_id_of(ledger.area, word.condition_id)
    look = Look(at=ledger.now, cause=cause, alarm_id=alarm_id, condition_id=word.condition_id, alarm=alarm, ignored=ignored)
    ledger.look(look)
    step = ledger.step()
    if ignored == "from_the_future":
        detail = f"time is more than {FUTURE_LIMIT.seconds} s after recordedtime: set the sender's clock"
        return msgspec.structs.replace(step, refused=("from_the_future", detail))
    return step


def hear(ledger: Ledger, word: Word, cause: Cause) -> None:
    """Let the alarm of a condition take a word that is new; the system's own words are always."""
    before = _alarm(ledger, word)
    turn = Turn(ledger, before, before or _new(ledger, word), cause)
    turn.word = word
    memory = turn.alarm.memory
    turn.remembers(
        last_word_at=word.time,
        sequence=word.sequence if word.sequence is not None else memory.sequence,
        seen=(*memory.seen, mark(word.id))[-SEEN_SIGNALS:],
    )
    turn.stands(source=word.source)
    play(turn, word.state.value, "signal")
    close(turn)


def _alarm(ledger: Ledger, word: Word) -> AlarmPart | None:
    part = ledger.get(alarm_part(alarm_id_of(ledger.area, word.condition_id)))
    return part if isinstance(part, AlarmPart) else None


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


def _ignored(alarm: AlarmPart | None, word: Word) -> str | None:
    """Why a word changes nothing. A number counts within one source; outsiders send none and are ordered by time."""
    if alarm is not None:
        memory = alarm.memory
        if mark(word.id) in memory.seen:
            return "duplicate"
        known = memory.sequence if alarm.standing.source == word.source else None
        numbered = word.sequence is not None and known is not None
        if word.time < memory.last_word_at or (numbered and word.sequence <= known):  # type: ignore[operator]
            return "out_of_order"
    return "from_the_future" if word.time - word.recorded_at > FUTURE_LIMIT else None


def _count(ledger: Ledger, source: str, reason: str) -> None:
    part = ledger.source(source)
    ignored = part.ignored | {reason: part.ignored.get(reason, 0) + 1}
    ledger.change(source_part(source), msgspec.structs.replace(part, ignored=ignored))
