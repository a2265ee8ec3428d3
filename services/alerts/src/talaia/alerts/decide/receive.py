"""A word of a condition arrives: is it new and in order; then its alarm takes it."""

from datetime import timedelta

import msgspec

from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.settle import hear, known
from talaia.alerts.model.identity import alarm_id_of, mark
from talaia.alerts.model.inputs import Word
from talaia.alerts.model.outcomes import Cause, Look, Step
from talaia.alerts.model.parts import AlarmPart, source_part

FUTURE_LIMIT = timedelta(seconds=60)
"""A word dated later than this after it was recorded would deafen its condition to all that follows."""


def receive(ledger: Ledger, word: Word) -> Step:
    """Take one word of a source in. An alarm that stands is heard to its end, whatever the register says of its kind now."""
    cause = Cause(type="signal", id=word.id, identity=f"{word.source}#{word.id}")
    alarm = known(ledger, word.condition_id)
    if alarm is None and ledger.refuses(word.kind):
        return Step(refused=("unrationalised", f"the area's register is strict and has no entry for {word.kind}: enter the kind"))
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
