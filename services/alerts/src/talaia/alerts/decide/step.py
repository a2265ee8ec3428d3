"""The one door: how an input or a timer changes the parts of one area, and what follows from it."""

from collections.abc import Mapping
from datetime import datetime

from talaia.alerts.decide.act import judge
from talaia.alerts.decide.adopt import adopt
from talaia.alerts.decide.fire import fire
from talaia.alerts.decide.handover import prepare, sign
from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.presence import alive
from talaia.alerts.decide.receive import receive
from talaia.alerts.decide.silences import silence, unsilence
from talaia.alerts.model.inputs import Act, Alive, HandoverPrepared, HandoverSigned, Input, Policy, Wake, Word
from talaia.alerts.model.outcomes import Step
from talaia.alerts.model.parts import Part
from talaia.alerts.model.silence import Silence, Unsilence


def advance(area: str, parts: Mapping[str, Part], told: Input, now: datetime) -> Step:
    """What follows from one input or timer at `now` of the stream clock."""
    ledger = Ledger(area, parts, now)
    match told:
        case Word():
            return receive(ledger, told)
        case Alive():
            return alive(ledger, told)
        case Act():
            return judge(ledger, told)
        case HandoverPrepared():
            return prepare(ledger, told)
        case HandoverSigned():
            return sign(ledger, told)
        case Silence():
            return silence(ledger, told)
        case Unsilence():
            return unsilence(ledger, told)
        case Policy():
            return adopt(ledger, told)
        case Wake():
            return fire(ledger, told.parts)
