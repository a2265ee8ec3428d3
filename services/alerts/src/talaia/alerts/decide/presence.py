"""A source says that it is alive: compared with what stands here, so that no lost message outlives a minute."""

import msgspec

from talaia.alerts.decide.ledger import Ledger, after
from talaia.alerts.decide.play import play
from talaia.alerts.decide.receive import FUTURE_LIMIT
from talaia.alerts.decide.settle import hear, own_word, settle
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.identity import alarm_id_of, mark
from talaia.alerts.model.inputs import Alive
from talaia.alerts.model.outcomes import Cause, Step
from talaia.alerts.model.parts import SEEN_SIGNALS, SourcePart, alarm_part, source_part
from talaia.contracts.vocabulary import SignalState

SOURCE_SILENT = "alerts.source_silent"
INTERVAL_S = 60
SILENT_AFTER_S = 3 * INTERVAL_S
SOURCE_NAME_LENGTH = 170
"""So that the condition `alerts.source_silent/<source>` is a name as well."""


def alive(ledger: Ledger, said: Alive) -> Step:
    """Take a source's presence in."""
    known = ledger.source(said.source)
    if len(said.source) > SOURCE_NAME_LENGTH:
        return Step(refused=("source_too_long", f"a source's name has at most {SOURCE_NAME_LENGTH} characters"))
    if said.time - said.recorded_at > FUTURE_LIMIT:
        return Step(refused=("from_the_future", "time is more than 60 s after recordedtime: set the sender's clock"))
    if mark(said.id) in known.seen or (known.alive_at is not None and said.time < known.alive_at):
        return Step()
    _note(ledger, known, said)
    cause = Cause(type="signal", id=said.id, identity=f"{said.source}#{said.id}")
    if known.silent:
        hear(ledger, own_word(ledger, SOURCE_SILENT, said.source, SignalState.ENDED, cause, said.source), cause)
    for alarm in ledger.alarms_of(said.source):
        if not said.tells_of(alarm.condition_id):
            continue
        turn = Turn(ledger, alarm, alarm, cause)
        turn.alive = said
        play(turn, "source_alive")
        if turn.alarm is not alarm:
            settle(turn)
    return ledger.step()


def fall_silent(ledger: Ledger, known: SourcePart, cause: Cause) -> None:
    """A source was not heard of for three intervals: its alarms are marked, none is cleared, and that is an alarm."""
    ledger.put(source_part(known.source), msgspec.structs.replace(known, silent=True), None)
    for alarm in ledger.alarms_of(known.source):
        turn = Turn(ledger, alarm, alarm, cause)
        play(turn, "source_silent")
        settle(turn)
    hear(ledger, own_word(ledger, SOURCE_SILENT, known.source, SignalState.BEGAN, cause, known.source), cause)


def _note(ledger: Ledger, known: SourcePart, said: Alive) -> None:
    unheard = [each for each in said.open if ledger.get(alarm_part(alarm_id_of(ledger.area, each))) is None]
    part = msgspec.structs.replace(
        known,
        release=said.release,
        alive_at=said.time,
        seen=(*known.seen, mark(said.id))[-SEEN_SIGNALS:],
        silent=False,
        unknown=len(unheard) + (0 if said.after is None else known.unknown),
    )
    ledger.put(source_part(said.source), part, after(ledger.now, SILENT_AFTER_S))
