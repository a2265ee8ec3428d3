"""Rain of a catchment: what was learnt of gauges, of how rain goes on and of nowcasts; whose rain is a mixture of gauges."""

import msgspec

RAIN, MIXTURES = "rain", "mixtures"
"""Names of the parts."""


class MixturesPart(msgspec.Struct, frozen=True, kw_only=True, tag="mixtures"):
    """Rain of the sites for which more than one gauge counts: share of each gauge, by the name that a site knows it by."""

    shares: dict[str, dict[str, float]]


class RainPart(msgspec.Struct, frozen=True, kw_only=True, tag="rain"):
    """What is learnt of the rain of a catchment.

    agreement: by gauge, what it measured and what its neighbours did meanwhile, millimetres, fading. skill: by steps
    ahead, the product of what a nowcast and what fell differed by from persisting rain, and the square of the first, mm2,
    fading. persistence: sums that `decide.persistence` keeps, none at first. first_slot: the first one closed; slot: the
    last one compared.
    """

    agreement: dict[str, tuple[float, float]] = {}
    skill: tuple[tuple[float, float], ...] = ()
    persistence: bytes = b""
    first_slot: int = 0
    slot: int = 0
