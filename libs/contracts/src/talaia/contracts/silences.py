"""Silences: shelves by matcher, for alarms that stand and for those that begin before the end."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from talaia.contracts.envelope import Envelope, Instant, Name, Text
from talaia.contracts.vocabulary import Role

SilenceId = Annotated[str, Meta(min_length=1, max_length=64)]


class Matcher(msgspec.Struct, frozen=True, kw_only=True):
    """What a label must be, or must not be (`is_equal` false). value: the text, or an RE2 pattern of all of it.

    A label that an alarm does not have is the empty text.
    """

    name: Name
    value: Annotated[str, Meta(max_length=1_000)]
    is_regex: bool = False
    is_equal: bool = True


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms that match all of it are on the shelf from one time to another. who: subject of the token; author: as they say.

    replaces: another silence that ends as this one begins to be known.
    """

    silence_id: SilenceId
    matchers: Annotated[list[Matcher], Meta(min_length=1, max_length=20)]
    starts_at: Instant
    ends_at: Instant
    comment: Text
    who: Name
    role: Role
    position: Name
    author: Annotated[str, Meta(max_length=200)] = ""
    replaces: SilenceId | UnsetType = UNSET


class Silenced(Envelope, frozen=True, kw_only=True, tag="city.talaia.alerts.acts.silenced.v1"):
    """A person silences what matches."""

    data: Silence


class Unsilence(msgspec.Struct, frozen=True, kw_only=True):
    """A silence ends before its time."""

    silence_id: SilenceId
    who: Name
    role: Role
    position: Name


class Unsilenced(Envelope, frozen=True, kw_only=True, tag="city.talaia.alerts.acts.unsilenced.v1"):
    """A person ends a silence."""

    data: Unsilence
