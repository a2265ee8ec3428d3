"""Which silence holds for an alarm, and how it is put on the shelf by it: before it rings, no longer than its kind allows."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.play import play
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.inputs import Act, Word
from talaia.alerts.model.kind import higher
from talaia.alerts.model.labels import all_match, own_labels
from talaia.alerts.model.parts import AlarmPart, Standing
from talaia.alerts.model.silence import SILENCES, SilencePart, SilencesPart, silence_part
from talaia.contracts.vocabulary import SignalState, Verb


def silences(ledger: Ledger) -> Iterator[SilencePart]:
    """All that are pending or active, in the order in which they were made."""
    known = ledger.get(SILENCES)
    for silence_id in known.silence_ids if isinstance(known, SilencesPart) else ():
        part = ledger.get(silence_part(silence_id))
        if isinstance(part, SilencePart):
            yield part


def holds_for(ledger: Ledger, alarm: AlarmPart, standing: Standing) -> SilencePart | None:
    """Of the active silences that an alarm matches as it stands, the one that ends last."""
    active = [silence for silence in silences(ledger) if silence.starts_at <= ledger.now < silence.ends_at]
    if not active:
        return None
    labels = labels_of(alarm, standing)
    matching = [silence for silence in active if all_match(silence.matchers, labels)]
    return max(matching, key=lambda silence: (silence.ends_at, silence.silence_id), default=None)


def labels_of(alarm: AlarmPart, standing: Standing) -> dict[str, str]:
    """Labels with which an alert came, or those of one of our alarms."""
    return standing.details.labels or own_labels(
        area=alarm.area,
        kind=alarm.kind,
        condition_id=alarm.condition_id,
        priority=standing.priority.value,
        site=standing.location.site,
        subject=standing.subject,
        source=standing.source,
    )


def hide(turn: Turn, word: Word) -> None:
    """A spell is about to begin: if a silence holds for it, the alarm is on the shelf before it rings."""
    standing = turn.alarm.standing
    begins = word.state in (SignalState.BEGAN, SignalState.CHANGED) and standing.condition in ("normal", "latched")
    if not begins or standing.shelf == "shelved":
        return
    coming = msgspec.structs.replace(
        standing,
        subject=word.subject,
        location=word.location,
        priority=higher(turn.kind.priority, word.priority),
        details=word.details,
    )
    silence = holds_for(turn.ledger, turn.alarm, coming)
    if silence is not None:
        shelve(turn, silence)


def shelve(turn: Turn, silence: SilencePart) -> None:
    """Put the alarm on the shelf as who made the silence would."""
    until = silence.ends_at
    if turn.kind.shelve_max_h is not None:
        until = min(until, turn.now + timedelta(hours=turn.kind.shelve_max_h))
    turn.act = Act(
        id=silence.silence_id,
        source="silence",
        verb=Verb.SHELVE,
        alarms=(turn.alarm.alarm_id,),
        who=silence.by,
        role=silence.role,
        position=silence.position,
        text=f"silence {silence.silence_id}: {silence.comment}",
        reason=silence.comment,
        until=until,
        silence=silence.silence_id,
    )
    turn.text = turn.act.text
    play(turn, Verb.SHELVE.value)
    turn.act, turn.text = None, ""
