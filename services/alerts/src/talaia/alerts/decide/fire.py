"""Timers that are due at one instant, in one order: what lets go before what rings, what returns before what asks."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from talaia.alerts.decide import chatter, flood, incidents, silences
from talaia.alerts.decide.annunciation import catch_up
from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.play import play
from talaia.alerts.decide.presence import fall_silent
from talaia.alerts.decide.settle import settle
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.handover import ShiftHandoverPart
from talaia.alerts.model.incident import IncidentPart, TracesPart
from talaia.alerts.model.outcomes import Cause, Step
from talaia.alerts.model.parts import AlarmPart, FloodPart, HandOverPart, SourcePart
from talaia.alerts.model.silence import SilencePart

ORDER = (
    "silence_due",
    "hand_over_over",
    "expired",
    "source_silent",
    "chatter_over",
    "flood_minute",
    "release_over",
    "shelf_over",
    "review_over",
    "on_delay_over",
    "off_delay_over",
    "acknowledgement_over",
    "incident_over",
)
"""At one instant; then by condition id. A silence begins before anything rings; what is ten minutes old is no longer news."""


class Due(NamedTuple):
    """A timer of a part."""

    rank: int
    of: str
    timer: str
    part: str


def fire(ledger: Ledger, parts: Iterable[str]) -> Step:
    """Let the timers of these parts that are due fire."""
    for due in sorted(due for name in parts for due in _due(ledger, name)):
        part = ledger.get(due.part)
        # a timer can be started anew and be due again at one instant: the alarm then stands differently than before
        version = part.version if isinstance(part, AlarmPart) else 0
        cause = Cause(type="timer", id=due.timer, identity=f"{due.part}|{due.timer}|{ledger.now.isoformat()}|{version}")
        match part:
            case HandOverPart() | TracesPart() | ShiftHandoverPart():
                ledger.end(due.part)
            case IncidentPart():
                incidents.wake(ledger, part, cause)
            case SilencePart():
                silences.wake(ledger, part, cause)
            case SourcePart():
                fall_silent(ledger, part, cause)
            case FloodPart():
                _flood_minute(ledger, part, cause)
            case AlarmPart() if _is_due(part, due.timer, ledger.now):
                _fire(ledger, part, due.timer, cause)
    return ledger.step()


def _fire(ledger: Ledger, alarm: AlarmPart, timer: str, cause: Cause) -> None:
    turn = Turn(ledger, alarm, alarm, cause)
    turn.stop(timer)
    if timer == chatter.TIMER:
        chatter.calm(turn)
    else:
        play(turn, timer)
    settle(turn)


def _flood_minute(ledger: Ledger, part: FloodPart, cause: Cause) -> None:
    rings = flood.minute(ledger, part, cause)
    if rings is not None:
        alarm, waiting = rings
        turn = Turn(ledger, alarm, alarm, cause)
        catch_up(turn, waiting.bell)
        settle(turn)


def _due(ledger: Ledger, name: str) -> Iterable[Due]:
    match ledger.get(name):
        case SilencePart(silence_id=silence_id):
            yield Due(ORDER.index(silences.TIMER), silence_id, silences.TIMER, name)
        case HandOverPart():
            yield Due(ORDER.index("hand_over_over"), name, "hand_over_over", name)
        case TracesPart() | ShiftHandoverPart():
            yield Due(ORDER.index("hand_over_over"), name, "hand_over_over", name)
        case IncidentPart():
            yield Due(ORDER.index(incidents.TIMER), name, incidents.TIMER, name)
        case FloodPart(position=position):
            yield Due(ORDER.index(flood.TIMER), position, flood.TIMER, name)
        case SourcePart(source=source):
            yield Due(ORDER.index("source_silent"), source, "source_silent", name)
        case AlarmPart() as alarm:
            for timer, due in alarm.memory.timers.items():
                if due <= ledger.now:
                    yield Due(ORDER.index(timer), alarm.condition_id, timer, name)


def _is_due(alarm: AlarmPart, timer: str, now: datetime) -> bool:
    """What is stopped, or started anew, by a timer before it does not fire."""
    due = alarm.memory.timers.get(timer)
    return due is not None and due <= now
