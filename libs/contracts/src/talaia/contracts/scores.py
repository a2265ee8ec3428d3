"""Waste water: what became of the service's own forecasts."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from talaia.contracts.envelope import Envelope, Instant, Name
from talaia.contracts.vocabulary import Rule, Verdict


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict on one forecast of a site.

    foreseen_at: since when the overflow was foreseen; overflow_at: when one began; lead_min: between them.
    """

    catchment: Name
    site: Name
    rule: Rule
    verdict: Verdict
    foreseen_at: Instant | UnsetType = UNSET
    overflow_at: Instant | UnsetType = UNSET
    lead_min: Annotated[float, Meta(ge=0)] | UnsetType = UNSET
    configuration: Name


class Scored(Envelope, frozen=True, kw_only=True, tag="city.talaia.waste.scores.scored.v1"):
    """A forecast came true, was a false alarm, or was missing when an overflow began."""

    data: Score
