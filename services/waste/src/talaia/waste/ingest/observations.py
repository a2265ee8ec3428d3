"""Observations of OGC SensorThings (18-088): a result, when the phenomenon was, and to which datastream it belongs.

Of an interval as phenomenonTime the end is taken: rain that fell until then, a mean that is known from then on.
"""

from datetime import datetime
from typing import Any

import msgspec

from talaia.contracts.envelope import Instant
from talaia.waste.ingest.channels import Channel
from talaia.waste.ingest.measurements import Item
from talaia.waste.ingest.quality import BAD, GOOD, NOT_KNOWN, UNCERTAIN, quality_of

_RANKS = {GOOD: 0, UNCERTAIN: 2, BAD: 3}
_WORDS = ("code", "label", "qualityCode", "quality")
_LONGEST_WORD = 60


class Observation(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of one. result_time stands in where there is no phenomenon_time; result_quality: see `_quality`."""

    result: float | bool | str
    phenomenon_time: str | None = None
    result_time: str | None = None
    result_quality: Any = None


def key_of(datastream: str) -> str:
    """How an address names it: a number as it is, a word in quotes (OData)."""
    return datastream if datastream.isdecimal() else "'" + datastream.replace("'", "''") + "'"


def datastream_of(key: str) -> str:
    """Which one a key names."""
    return key[1:-1].replace("''", "'") if key.startswith("'") else key


def observed(payload: bytes, channel: Channel) -> Item:
    """An observation of a channel's datastream. Raises msgspec.DecodeError."""
    said = msgspec.json.decode(payload, type=Observation)
    return item_of(said, channel)


def item_of(said: Observation, channel: Channel) -> Item:
    """As an item for the door. Raises msgspec.ValidationError."""
    return channel.item(_end(said.phenomenon_time or said.result_time), said.result, _quality(said.result_quality))


def _end(written: str | None) -> datetime:
    """The moment, or the end of an interval `2026-03-01T02:00:00Z/2026-03-01T02:05:00Z`."""
    if written is None:
        raise msgspec.ValidationError("neither phenomenonTime nor resultTime is given")
    moment: datetime = msgspec.convert(written.rpartition("/")[2], Instant)
    return moment


def _quality(said: Any) -> str:
    """The worst of all that is said; `good` where nothing is, `not known` where nothing of it is understood.

    A word or number, or one or several DQ_Elements (ISO 19157), their results in `DQ_Result` or `result`; servers also
    give what stands in a result without an element around it.
    """
    words = [_word(result) for element in _each(said) for result in _results(element)]
    return max(words, key=_rank, default=GOOD)


def _rank(word: str) -> int:
    return _RANKS.get(word, 1)


def _each(said: Any) -> list[Any]:
    """One or several; none where it says nothing."""
    if said is None or said in ("", {}):
        return []
    return said if isinstance(said, list) else [said]


def _results(element: Any) -> list[Any]:
    if not isinstance(element, dict):
        return [element]
    return _each(element.get("DQ_Result", element.get("result", element))) or [NOT_KNOWN]


def _word(result: Any) -> str:
    """Of a result: by whether it passed (DQ_ConformanceResult), and by its words as far as they are known."""
    if not isinstance(result, dict):
        return _of_one(result)
    words = [_of_one(result[name]) for name in _WORDS if name in result]
    if isinstance(passed := result.get("pass"), bool):
        words.append(GOOD if passed else BAD)
    return max((word for word in words if word in _RANKS), key=_rank, default=NOT_KNOWN)


def _of_one(said: Any) -> str:
    if isinstance(said, bool) or not isinstance(said, str | int):
        return NOT_KNOWN
    return quality_of(said[:_LONGEST_WORD] if isinstance(said, str) else said)
