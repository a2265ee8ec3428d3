"""What a message says at length, cut to what an alarm can carry; the message itself stays in its topic."""

import msgspec

from talaia.contracts.alerts import Evidence

EVIDENCE_BYTES = 4_500
LABELS_BYTES = 3_000
REASON_BYTES = 300
_READINGS = 30
_NAMES = 10
_FACT = 100
"""A longer text is for whoever works a decision out again, not for who acts on an alarm."""


def short(text: str, most_bytes: int) -> str:
    """The beginning of a text, at most so many bytes of UTF-8."""
    return text if len(text) * 4 <= most_bytes else text.encode()[:most_bytes].decode(errors="ignore")


def labels_that_fit(labels: dict[str, str]) -> dict[str, str]:
    """Labels, those that have room together by their names: a door takes no more than that."""
    kept, room = {}, LABELS_BYTES
    for name, value in sorted(labels.items()):
        room -= len(name.encode()) + len(value.encode())
        if room < 0:
            break
        kept[name] = value
    return kept


def fitted(evidence: Evidence) -> bytes:
    """Evidence as JSON: whole if it is short, else without long facts, else without any and with its last readings and first
    expectations, else its rule alone.
    """
    encode = msgspec.json.encode
    whole = encode(evidence)
    if len(whole) <= EVIDENCE_BYTES:
        return whole
    facts = {name: fact for name, fact in evidence.facts.items() if not isinstance(fact, str) or len(fact) <= _FACT}
    less = encode(msgspec.structs.replace(evidence, facts=facts))
    if len(less) <= EVIDENCE_BYTES:
        return less
    less = encode(
        msgspec.structs.replace(
            evidence,
            model=short(evidence.model, 200),
            readings=evidence.readings[-_READINGS:],
            thresholds=evidence.thresholds[:_NAMES],
            forecast=evidence.forecast[:_READINGS],
            facts={},
            positions=evidence.positions[:_NAMES],
        )
    )
    return less if len(less) <= EVIDENCE_BYTES else encode(Evidence(rule=evidence.rule, rule_version=evidence.rule_version))
