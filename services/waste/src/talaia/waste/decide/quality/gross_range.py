"""Gross range test: a value outside what the quantity can be has failed."""

from talaia.contracts.vocabulary import Flag, Quantity
from talaia.waste.decide.quality.verdict import Verdict
from talaia.waste.model.policy import QualityPolicy


def limits(quantity: Quantity, crest_m: float, policy: QualityPolicy) -> tuple[float, float]:
    """Lowest and highest possible value of a quantity, in its unit."""
    if quantity is Quantity.LEVEL:
        return policy.level_min_m, policy.level_max_crests * crest_m
    return policy.ranges[quantity]


def gross_range(quantity: Quantity, value: float, crest_m: float, policy: QualityPolicy) -> Verdict | None:
    """None when the value is possible."""
    low, high = limits(quantity, crest_m, policy)
    if low <= value <= high:
        return None
    return Verdict(Flag.FAIL, "range", f"{value:g} is outside {low:g} to {high:g}")
