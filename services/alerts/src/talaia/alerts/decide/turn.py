"""One alarm's turn: what one input or timer does to it, as the table says; regions give the meaning of its words."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.model.inputs import Act, Alive, Word
from talaia.alerts.model.kind import Kind
from talaia.alerts.model.mask import Mask
from talaia.alerts.model.outcomes import Cause, Entry
from talaia.alerts.model.parts import AlarmPart
from talaia.alerts.model.table import Row
from talaia.contracts.vocabulary import SignalState


class Turn:
    """An alarm under one input or timer.

    before: as the input found it, None for a new one; alarm: as it stands; kind: its policy; word, alive, act: the input.
    raised: events still to be taken, in order.
    masks: of the cause that began or ended. own: what the system itself has to say of it: kind, subject, state.
    text: what a person wrote. notes, refused, answer, announced, silent: what the input came to.
    bell: what wants to ring. rows: taken so far.
    """

    def __init__(self, ledger: Ledger, before: AlarmPart | None, alarm: AlarmPart, cause: Cause) -> None:
        self.ledger = ledger
        self.before = before
        self.alarm = alarm
        self.cause = cause
        self.kind: Kind = ledger.kind(alarm.kind)
        self.word: Word | None = None
        self.alive: Alive | None = None
        self.act: Act | None = None
        self.text = ""
        self.masks: tuple[Mask, ...] = ()
        self.own: list[tuple[str, str, SignalState]] = []
        self.raised: deque[str] = deque()
        self.notes: list[str] = []
        self.refused: str | None = None
        self.answer: str | None = None
        self.announced: str | None = None
        self.silent: str | None = None
        self.bell: str | None = None
        self.rows: list[str] = []

    @property
    def now(self) -> datetime:
        """The stream clock."""
        return self.ledger.now

    def stands(self, **changes: Any) -> None:
        """The alarm stands differently from here on."""
        standing = msgspec.structs.replace(self.alarm.standing, **changes)
        self.alarm = msgspec.structs.replace(self.alarm, standing=standing)

    def remembers(self, **changes: Any) -> None:
        """The table will need this."""
        memory = msgspec.structs.replace(self.alarm.memory, **changes)
        self.alarm = msgspec.structs.replace(self.alarm, memory=memory)

    def start(self, timer: str, due: datetime) -> None:
        """Start a timer, or start it anew."""
        self.remembers(timers={**self.alarm.memory.timers, timer: due})

    def stop(self, timer: str) -> None:
        """Stop a timer: it never fires."""
        self.remembers(timers={name: due for name, due in self.alarm.memory.timers.items() if name != timer})

    def enter(self, region: str, event: str, **said: Any) -> None:
        """An entry of the journal, with the alarm as it is now."""
        entry = Entry(
            at=self.now,
            cause=self.cause,
            region=region,
            event=event,
            alarm_id=self.alarm.alarm_id,
            alarm=self.alarm,
            position=self.kind.position,
            text=self.text,
            policy=self.ledger.policy(),
            **said,
        )
        self.ledger.say(entry)


Guard = Callable[[Turn], bool]
Effect = Callable[[Turn], None]


class Region(NamedTuple):
    """The words of one region of the table: its guards and effects by the text of their cell.

    entered: what a change of its state brings whatever the row.
    """

    name: str
    guards: Mapping[str, Guard]
    effects: Mapping[str, Effect]
    entered: Callable[[Turn, Row], None] = lambda _turn, _row: None


def note(word: str) -> Effect:
    """Effect: remark something about this input."""

    def noted(turn: Turn) -> None:
        turn.notes.append(word)

    return noted


def refuse(rule: str) -> Effect:
    """Effect: the act is refused, for a rule."""

    def refused(turn: Turn) -> None:
        turn.refused = rule

    return refused


def raises(event: str) -> Effect:
    """Effect: something the regions take after the present event."""

    def raised(turn: Turn) -> None:
        turn.raised.append(event)

    return raised


def nothing(_turn: Turn) -> None:
    """Effect `none`."""


def always(_turn: Turn) -> bool:
    """Guard `otherwise`: the rows above did not hold."""
    return True
