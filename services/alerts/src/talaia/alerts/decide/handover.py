"""A shift hands over: who goes signs the report, then who comes; two people, and both what they saw."""

from datetime import timedelta

from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.model.handover import ShiftHandoverPart, shift_handover_part
from talaia.alerts.model.inputs import HandoverPrepared, HandoverSigned
from talaia.alerts.model.outcomes import Cause, Entry, Step
from talaia.contracts.vocabulary import HandoverSide, Role

SIGN_WITHIN = timedelta(hours=24)
"""Afterwards the report is no longer of how things stand: another one is prepared."""


def prepare(ledger: Ledger, said: HandoverPrepared) -> Step:
    """A report is there to be signed; the same one twice is one."""
    if not ledger.first_time(said.id):
        return Step()
    refused = "role" if said.role.rank < Role.OPERATOR.rank else None
    if refused is None:
        ledger.put(shift_handover_part(said.id), ShiftHandoverPart(sha256=said.sha256), ledger.now + SIGN_WITHIN)
    to = None if refused else "prepared"
    ledger.say(
        Entry(
            at=ledger.now,
            cause=Cause(type="act", id=said.id, identity=f"{said.source}#{said.id}", who=said.who),
            region="handover",
            event="prepare_handover",
            to=to,
            position=said.position,
            refused=refused,
            text=said.sha256,
            policy=ledger.policy(),
            handover_id=said.id,
        )
    )
    return ledger.step()


def sign(ledger: Ledger, said: HandoverSigned) -> Step:
    """A person signs; the same signature twice is one, and a refused one changes nothing."""
    if not ledger.first_time(said.id):
        return Step()
    part = ledger.get(shift_handover_part(said.handover_id))
    before = part if isinstance(part, ShiftHandoverPart) else None
    refused = _rule_broken(before, said)
    after: ShiftHandoverPart | None = before
    answer: str | None = None
    if before is not None and refused is None:
        after, answer = _signed(before, said)
        ledger.change(shift_handover_part(said.handover_id), after)
    ledger.say(
        Entry(
            at=ledger.now,
            cause=Cause(type="act", id=said.id, identity=f"{said.source}#{said.id}", who=said.who),
            region="handover",
            event="sign_handover",
            state=before.state if before else None,
            to=after.state if after else None,
            position=said.position,
            refused=refused,
            answer=answer,
            text=said.sha256,
            policy=ledger.policy(),
            handover_id=said.handover_id,
        )
    )
    return ledger.step()


def _rule_broken(known: ShiftHandoverPart | None, said: HandoverSigned) -> str | None:
    """The first rule that a signature breaks."""
    if said.role.rank < Role.OPERATOR.rank:
        return "role"
    if known is None:
        return "unknown_handover"
    if said.sha256 != known.sha256:
        return "content"
    mine, other = known.outgoing, known.incoming
    if said.side is HandoverSide.INCOMING:
        mine, other = other, mine
        if other is None:
            return "not_handed_over"
    if said.who == other:
        return "same_person"
    return "signed_by_another" if mine not in (None, said.who) else None


def _signed(known: ShiftHandoverPart, said: HandoverSigned) -> tuple[ShiftHandoverPart, str | None]:
    """With the signature, and what there is to say of it."""
    outgoing, incoming = known.outgoing, known.incoming
    if said.who in (outgoing, incoming):
        return known, "already_signed"
    if said.side is HandoverSide.OUTGOING:
        outgoing = said.who
    else:
        incoming = said.who
    return ShiftHandoverPart(sha256=known.sha256, outgoing=outgoing, incoming=incoming), None
