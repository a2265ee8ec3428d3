"""State of the forecast of flashy sites: what the sites of a catchment learn together, and what each adds to it."""

import msgspec

FLASHY = "flashy"
"""Name of the part that they share."""


class FlashyPart(msgspec.Struct, frozen=True, kw_only=True, tag="flashy"):
    """The logistic regression that the flashy sites of a catchment share; arrays as little-endian float64.

    weights, covariance: of its features. learnt: examples learnt from.
    """

    weights: bytes
    covariance: bytes
    learnt: int = 0


class Flashy(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one site adds.

    offset, variance: its own share of the log-odds, and how unsure it is. pending: features of the last slots, oldest
    first, of which nobody knows yet whether the crest follows; little-endian float64. resting: slots in which nothing is
    learnt after an overflow. slot: the last closed one; level_m: at it.
    """

    offset: float = 0.0
    variance: float
    pending: tuple[bytes, ...] = ()
    resting: int = 0
    slot: int = 0
    level_m: float = 0.0
