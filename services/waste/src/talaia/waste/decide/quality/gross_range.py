"""Gross range test: a value outside what the sensor can measure has failed."""

from talaia.contracts.vocabulary import Flag
from talaia.waste.decide.quality.known import Known
from talaia.waste.decide.quality.verdict import Verdict


def out_of_range(value: float, known: Known) -> Verdict:
    """On a value that is not possible."""
    return Verdict(Flag.FAIL, "range", f"{value:g} is outside {known.low:g} to {known.high:g}")
