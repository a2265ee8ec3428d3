"""Measurements as they come in, one or many at once: each gets an answer, and those accepted become events."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta

from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.envelope import Instant, Name
from talaia.contracts.vocabulary import UNIT_OF, Quantity
from talaia.contracts.waste import Measured, Measurement
from talaia.stream.processor import Message
from talaia.waste.ingest.batches import Batch, judged
from talaia.waste.ingest.quality import GOOD, Quality, quality_of
from talaia.waste.ingest.units import NotANumber, Sensing, UnknownUnit, number, on_the_bus
from talaia.waste.model import acceptance
from talaia.waste.model.acceptance import Refusal
from talaia.waste.model.policy import Policy

_LONGEST_NAMES = 64
_CONTROL = re.compile(r"[\x00-\x1f]")
_CURES = {
    "`$.quantity`": f"known are {', '.join(Quantity)}",
    "`$.quality`": "say good, uncertain or bad, or OPC's number as 192",
    "`$.time`": "write it as 2026-09-14T02:10:00Z",
}
MOST_LETTERS = 20
"""Of a value that is a word."""
_Word = Annotated[str, Meta(max_length=MOST_LETTERS)]
_Positive = Annotated[float, Meta(gt=0, le=1e6)]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement as a sender says it. id: the sender's own; without one, site, sensor and time are its identity.

    interval_s, mm_per_tip, mounting_height_m: what it may take to read the value, as `units.Sensing` says.
    """

    time: Instant
    site: Name
    sensor: Name
    quantity: Quantity
    value: float | bool | _Word
    unit: Name
    quality: Quality = GOOD
    id: Name = ""
    interval_s: _Positive | None = None
    mm_per_tip: _Positive | None = None
    mounting_height_m: _Positive | None = None


def accept(
    items: Sequence[object], *, source: str, now: datetime, catchment_of: Mapping[str, str], policy: Policy | None = None
) -> Batch:
    """Judge a batch from one source that arrived at `now`. items: decoded JSON objects, or Items. catchment_of: by site or gauge.

    Raises TooMany; whatever else is wrong is the answer of its item.
    """
    limits = policy or Policy()
    return judged(items, lambda raw: _take(raw, source, now, catchment_of, limits), "measurements")


def _take(raw: object, source: str, now: datetime, catchment_of: Mapping[str, str], limits: Policy) -> Message | Refusal:
    try:
        item = raw if isinstance(raw, Item) else msgspec.convert(raw, Item)
        event = measured(item, source=source, recorded_at=now)
    except UnknownUnit as error:
        return Refusal("unit", str(error))
    except NotANumber as error:
        return Refusal("schema", str(error))
    except msgspec.ValidationError as error:
        cure = next((f": {cure}" for where, cure in _CURES.items() if str(error).endswith(where)), "")
        return Refusal("schema", f"{error}{cure}")
    if _CONTROL.search(item.id + item.site + item.sensor + event.data.quality + item.unit):
        return Refusal("control_character", "names must not have control characters")
    names, thing = source + event.id + item.sensor, f"{item.site}/{item.sensor}"
    refusal = acceptance.refusal(item.time, now, event.data.value, names, thing, limits)
    if refusal is not None:
        return refusal
    catchment = catchment_of.get(item.site)
    if catchment is None:
        return Refusal("unknown_site", f"no configured catchment has site or gauge {item.site[:40]}: see `talaia city apply`")
    return Message(MEASUREMENTS, catchment, event)


def measured(item: Item, *, source: str, recorded_at: datetime) -> Measured:
    """An item as an event, in the unit of its quantity. Raises UnknownUnit, NotANumber."""
    unit, said = UNIT_OF[item.quantity], number(item.quantity, item.value)
    value = on_the_bus(item.quantity, said, item.unit, Sensing(item.interval_s, item.mm_per_tip, item.mounting_height_m))
    changed = item.unit != unit.value or value != said
    return Measured(
        id=item.id or _identity(item),
        source=source,
        subject=item.site,
        time=item.time,
        recordedtime=recorded_at,
        data=Measurement(
            site=item.site,
            sensor=item.sensor,
            quantity=item.quantity,
            value=value,
            unit=unit,
            quality=quality_of(item.quality),
            original_value=said if changed else UNSET,
            original_unit=item.unit if changed else UNSET,
        ),
    )


def _identity(item: Item) -> str:
    """What makes a measurement without an id the same as another."""
    names = f"{item.site}/{item.sensor}"
    if len(names) > _LONGEST_NAMES:
        names = hashlib.sha256(names.encode()).hexdigest()
    return f"{names}@{item.time.isoformat()}"
