"""A silence: what matches is on the shelf, what stands now and what begins before its end."""

from datetime import datetime

import msgspec

from talaia.alerts.model.labels import Matcher
from talaia.contracts.vocabulary import Role

SILENCES = "silences"
SILENCE = "silence/"
MOST_SILENCES = 200
"""In an area at a time, pending ones included: each beginning of an alarm asks all of them."""


def silence_part(silence_id: str) -> str:
    """Name of a silence's part."""
    return SILENCE + silence_id


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """A person silences what matches, from one time to another. id: of the act; replaces: a silence that ends therewith."""

    id: str
    source: str
    silence_id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    comment: str
    who: str
    role: Role
    position: str
    replaces: str | None = None


class Unsilence(msgspec.Struct, frozen=True, kw_only=True):
    """A person ends a silence before its time. id: of the act."""

    id: str
    source: str
    silence_id: str
    who: str
    role: Role
    position: str


class SilencePart(msgspec.Struct, frozen=True, kw_only=True, tag="silence"):
    """A silence that is pending or active; woken at its start, then at its end. by: who made it; role: what they might."""

    silence_id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    comment: str
    by: str
    role: Role
    position: str


class SilencesPart(msgspec.Struct, frozen=True, kw_only=True, tag="silences"):
    """Which silences there are: a word asks for them without a search."""

    silence_ids: tuple[str, ...] = ()
