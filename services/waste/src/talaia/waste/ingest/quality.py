"""What a source says of the quality of what it measured, as one word, the same at every door.

Only `good` is taken as good: whatever else is said, a word that nobody knows too, makes the reading suspect.
"""

from typing import Annotated

from msgspec import Meta

from talaia.contracts.envelope import Name

GOOD, UNCERTAIN, BAD, NOT_KNOWN = "good", "uncertain", "bad", "not known"
MOST_OPC = 65_535
Quality = Name | Annotated[int, Meta(ge=0, le=MOST_OPC)]
"""A word, or OPC's number."""

_MEANS = {"": GOOD, "good": GOOD, "ok": GOOD, "valid": GOOD, "uncertain": UNCERTAIN, "bad": BAD, "invalid": BAD}
KNOWN_WORDS = tuple(word for word in _MEANS if word)
_OPC_GOOD, _OPC_UNCERTAIN = 192, 64


def quality_of(said: str | int) -> str:
    """`good`, `uncertain` or `bad` of a usual word, in capitals or not, or of OPC's number; any other word as it stands.

    Of a number the two bits 192 count (OPC Data Access 3.0): 192 and more is good, 64 and more uncertain, less bad.
    """
    if isinstance(said, int):
        return _of_opc(said) if 0 <= said <= MOST_OPC else NOT_KNOWN
    word = said.strip().lower()
    if word in _MEANS:
        return _MEANS[word]
    is_number = word.isascii() and word.isdigit() and len(word) <= len(str(MOST_OPC))
    return _of_opc(int(word)) if is_number and int(word) <= MOST_OPC else said


def _of_opc(number: int) -> str:
    major = number & _OPC_GOOD
    return GOOD if major == _OPC_GOOD else UNCERTAIN if major == _OPC_UNCERTAIN else BAD
