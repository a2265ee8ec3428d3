"""What hides what: while a cause stands, alarms of some kinds in its scope are suppressed by design (ISA-18.2)."""

import msgspec

from talaia.contracts.vocabulary import MaskScope

ANY = "*"


class Mask(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the register. cause: the kind that hides; hides: kinds, or `*` for all but the cause's own."""

    cause: str
    hides: tuple[str, ...]
    scope: MaskScope
    release_delay_s: float = 0.0

    def hides_kind(self, kind: str) -> bool:
        """Two feeders that are lost would hide each other: no mask hides the kind of its own cause."""
        return kind != self.cause and (kind in self.hides or ANY in self.hides)

    def names(self, kind: str) -> bool:
        """Whether the kind stands in it by name; the wildcard names nobody."""
        return kind in self.hides
