"""How far the handover of a shift is: prepared, handed over by who goes, taken over by who comes."""

import msgspec

SHIFT_HANDOVER = "shift_handover/"


def shift_handover_part(handover_id: str) -> str:
    """Name of the part of a shift's handover."""
    return SHIFT_HANDOVER + handover_id


class ShiftHandoverPart(msgspec.Struct, frozen=True, kw_only=True, tag="shift_handover"):
    """A report of a shift that waits for its signatures; woken, and ended, when it may be signed no longer.

    sha256: of its content. outgoing, incoming: who signed.
    """

    sha256: str
    outgoing: str | None = None
    incoming: str | None = None

    @property
    def state(self) -> str:
        """How far it is: prepared, handed_over, taken_over."""
        return "taken_over" if self.incoming else "handed_over" if self.outgoing else "prepared"
