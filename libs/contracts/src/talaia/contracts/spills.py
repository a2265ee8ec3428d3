"""The record of spills: what the regulator and the public are told of them."""

from typing import Annotated

import msgspec
from msgspec import Meta

from talaia.contracts.envelope import Envelope, Instant, Name, Text
from talaia.contracts.vocabulary import VolumeMethod

Amount = Annotated[float, Meta(ge=0)]


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From one moment to another."""

    start: Instant
    end: Instant


class YearCount(msgspec.Struct, frozen=True, kw_only=True):
    """Of a spill in one local year. counted: the 12/24 count of its site so far; duration_s: of the spill in that year."""

    year: int
    counted: Annotated[int, Meta(ge=0)]
    duration_s: Amount


class Spill(msgspec.Struct, frozen=True, kw_only=True):
    """A spill as it is known now; it replaces what was said of it before.

    end, volume_m3: None while it lasts; duration_s: then so far. volume_method: how the volume was worked out, `not
    known` without a weir law; volume_uncertainty_m3: standard uncertainty. dry_weather: None when nobody knows;
    provisional: while it may still change by rain to come. withdrawn: late readings showed that there was none. gaps: in
    which no level is known. counted: of each year the spill touches. end_unknown: why nobody will know when it ended, of
    one that is over without an end; empty of any other. volume_since: of a spill that began before its weir law was known:
    its volume is of the time from here on.
    """

    spill_id: Name
    site: Name
    catchment: Name
    start: Instant
    end: Instant | None
    duration_s: Amount
    volume_m3: Amount | None
    volume_uncertainty_m3: Amount | None
    volume_method: VolumeMethod
    dry_weather: bool | None
    provisional: bool
    withdrawn: bool
    gaps: list[Span]
    counted: list[YearCount]
    receiving_water: Text = ""
    bathing_site: Text = ""
    end_unknown: Text = ""
    volume_since: Instant | None = None


class SpillRecorded(Envelope, frozen=True, kw_only=True, tag="city.talaia.waste.spills.recorded.v1"):
    """A spill started, ended, or became better known."""

    data: Spill


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """How well a site was watched in a local month.

    start: of the month, or when the site was first heard in it. end: of the month, or when the site was taken out of the
    configuration in it. known_s: for so long its level was known.
    """

    site: Name
    catchment: Name
    month: Annotated[str, Meta(pattern=r"^\d{4}-\d\d$")]
    start: Instant
    end: Instant
    known_s: Amount


class MonthWatched(Envelope, frozen=True, kw_only=True, tag="city.talaia.waste.spills.watched.v1"):
    """A month is over at a site, or its site is taken out."""

    data: Watch
