"""A shift hands over: the report as it was prepared, and the signatures of who goes and who comes."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from talaia.contracts.envelope import Envelope, Name
from talaia.contracts.vocabulary import HandoverSide, Role

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """A report of a shift. content: all of it, as JSON; what is signed is the SHA-256 of its UTF-8 bytes.

    position: whose shift, UNSET for the whole area. who: subject of the token of the person who asked for it.
    """

    content: Annotated[str, Meta(min_length=2, max_length=700_000)]
    who: Name
    role: Role
    position: Name | UnsetType = UNSET


class HandoverPrepared(Envelope, frozen=True, kw_only=True, tag="city.talaia.alerts.acts.handover_prepared.v1"):
    """The report of a shift was prepared; the envelope's id is the handover's."""

    data: Handover


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A person signs a report. sha256: of the content that they saw; side: whether they go or come."""

    handover_id: Name
    sha256: Sha256
    side: HandoverSide
    who: Name
    role: Role
    position: Name


class HandoverSigned(Envelope, frozen=True, kw_only=True, tag="city.talaia.alerts.acts.handover_signed.v1"):
    """A person signed the report of a shift."""

    data: Signature
