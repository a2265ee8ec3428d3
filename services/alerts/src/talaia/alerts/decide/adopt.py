"""A register is adopted: from here on alarms follow it, each at its next transition."""

from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.model.inputs import Policy
from talaia.alerts.model.outcomes import Cause, Entry, Step
from talaia.alerts.model.parts import KIND, PLACE, POLICY, PolicyPart, kind_part, place_part


def adopt(ledger: Ledger, policy: Policy) -> Step:
    """Take the register of an area; the one that holds already changes nothing."""
    before = ledger.policy()
    if before == policy.hash:
        return Step()
    decided = {kind_part(kind.kind): kind for kind in policy.kinds}
    for name in sorted(ledger.names(KIND)):
        if name not in decided:
            ledger.end(name)
    for name, kind in decided.items():
        ledger.change(name, kind)
    _lay_out(ledger, policy)
    ledger.change(POLICY, PolicyPart(hash=policy.hash, masks=policy.masks, near=policy.near, strict=policy.strict))
    cause = Cause(type="act", id=policy.id, identity=f"{policy.source}#{policy.id}", who=policy.decided_by)
    ledger.say(
        Entry(
            at=ledger.now,
            cause=cause,
            region="policy",
            event="policy_changed",
            state=before,
            to=policy.hash,
            policy=policy.hash,
        )
    )
    return ledger.step()


def _lay_out(ledger: Ledger, policy: Policy) -> None:
    """How the sites lie, each a part."""
    lain = {place_part(place.site): place for place in policy.places}
    for name in sorted(ledger.names(PLACE)):
        if name not in lain:
            ledger.end(name)
    for name, place in lain.items():
        ledger.change(name, place)
