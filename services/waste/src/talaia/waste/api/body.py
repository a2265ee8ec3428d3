"""What a body of measurements is, for the OpenAPI document."""

from collections.abc import Iterable, Iterator
from typing import Any

from talaia.contracts.vocabulary import UNIT_OF, Quantity, Unit
from talaia.waste.ingest.measurements import MOST_ITEMS
from talaia.waste.ingest.units import FACTORS, NEEDS, WORDS

_NAME = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\x00-\\x1f]+$"}
_POSITIVE = {"type": "number", "exclusiveMinimum": 0, "maximum": 1e6}
_ON_OR_OFF = {"anyOf": [{"enum": [0, 1]}, {"type": "boolean"}, {"enum": list(WORDS)}]}
_DISTANCE = {"mounting_height_m": _POSITIVE | {"description": "the value is the distance from here down to the water"}}
_SENSING: dict[str, dict[str, Any]] = {
    "interval_s": _POSITIVE | {"description": "between two readings"},
    "mm_per_tip": _POSITIVE | {"description": "of the tipping bucket"},
}


def _measurements() -> Iterator[dict[str, Any]]:
    """One for each quantity, and one for each that takes more to be read."""
    for quantity in Quantity:
        yield _measurement(quantity, FACTORS[quantity], _DISTANCE if quantity is Quantity.LEVEL else {})
        needs = NEEDS.get(quantity, {})
        for needed in dict.fromkeys(needs.values()):
            units = [unit for unit, need in needs.items() if need == needed]
            yield _measurement(quantity, units, {needed: _SENSING[needed]}, needed)


def _measurement(quantity: Quantity, units: Iterable[str], more: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "title": " with ".join([f"Measurement of {quantity.value}", *required]),
        "required": ["time", "site", "sensor", "quantity", "value", "unit", *required],
        "properties": {
            "time": {"type": "string", "format": "date-time", "description": "when it was measured"},
            "site": _NAME | {"description": "a configured site or rain gauge"},
            "sensor": _NAME,
            "quantity": {"const": quantity.value},
            "value": _ON_OR_OFF if UNIT_OF[quantity] is Unit.STATE else {"type": "number"},
            "unit": {"enum": list(units)},
            "quality": _NAME | {"default": "good"},
            "id": _NAME | {"description": "the sender's own; without one, site, sensor and time are the identity"},
            **more,
        },
    }


ONE = {"oneOf": list(_measurements())}
MANY = {"type": "array", "maxItems": MOST_ITEMS, "items": {}, "description": "measurements, each answered for itself"}
EXAMPLE = {"time": "2026-03-01T02:10:00Z", "site": "T1", "sensor": "T1-level", "quantity": "level", "value": 4.1, "unit": "m"}
MEASUREMENTS_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"anyOf": [ONE, MANY]}, "example": EXAMPLE},
            "application/x-ndjson": {"schema": {"type": "string", "description": "a measurement a line"}},
        },
    }
}
"""`openapi_extra` of the door: its body is read by the door itself, so that one bad measurement does not refuse the others."""
