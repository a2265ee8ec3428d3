"""Rain of a catchment: what was learnt of gauges, of how rain goes on and of nowcasts; whose rain is a mixture of gauges."""

import msgspec

from talaia.waste.model.conditions import Condition

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


def wet_days_part(gauge: str) -> str:
    """Name of the part that compares a gauge with its neighbours, day by day."""
    return f"gauge/{gauge}/wet"


class WetDay(msgspec.Struct, frozen=True, array_like=True):
    """A day with rain at the neighbours, that ended so many days after 1970: what the gauge measured, and what they did."""

    day: int
    own_mm: float
    neighbours_mm: float


class WetDaysPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="wet_days"):
    """The last days with rain of a gauge, the newest last. compared: the last day that was looked at."""

    gauge: str
    compared: int = 0
    days: tuple[WetDay, ...] = ()
    conditions: dict[str, Condition] = {}
