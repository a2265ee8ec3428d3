"""Silences that the bus tells of, in the words of the domain."""

from talaia.alerts.model.labels import Matcher
from talaia.alerts.model.silence import Silence, Unsilence
from talaia.alerts.worker.fit import REASON_BYTES, short
from talaia.contracts.silences import Silenced, Unsilenced
from talaia.stream.translation import utc


def silence(event: Silenced) -> Silence:
    """A person wants a silence."""
    data = event.data
    return Silence(
        id=event.id,
        source=event.source,
        silence_id=data.silence_id,
        matchers=tuple(Matcher(one.name, one.value, one.is_regex, one.is_equal) for one in data.matchers),
        starts_at=utc(data.starts_at),
        ends_at=utc(data.ends_at),
        comment=short(data.comment, REASON_BYTES),
        who=data.who,
        role=data.role,
        position=data.position,
        replaces=data.replaces or None,
    )


def unsilence(event: Unsilenced) -> Unsilence:
    """A person ends a silence."""
    return Unsilence(
        id=event.id,
        source=event.source,
        silence_id=event.data.silence_id,
        who=event.data.who,
        role=event.data.role,
        position=event.data.position,
    )
