"""What a body of measurements is, for the OpenAPI document."""

from typing import Any

from talaia.contracts.vocabulary import UNIT_OF, Quantity, Unit
from talaia.waste.ingest.measurements import MOST_ITEMS
from talaia.waste.ingest.units import WORDS, units_of

_NAME = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\x00-\\x1f]+$"}


_POSITIVE = {"type": "number", "exclusiveMinimum": 0, "maximum": 1e6}
_ON_OR_OFF = {"anyOf": [{"enum": [0, 1]}, {"type": "boolean"}, {"enum": list(WORDS)}]}
_SENSING: dict[Quantity, dict[str, Any]] = {
    Quantity.LEVEL: {"mounting_height_m": _POSITIVE | {"description": "the value is the distance from here down to the water"}},
    Quantity.RAINFALL_TOTAL: {"mm_per_tip": _POSITIVE | {"description": "of a tipping bucket, for tips"}},
    Quantity.RAINFALL: {
        "interval_s": _POSITIVE | {"description": "between two readings, for a rate"},
        "mm_per_tip": _POSITIVE | {"description": "of a tipping bucket, for tips"},
    },
}


def _measurement(quantity: Quantity) -> dict[str, Any]:
    return {
        "type": "object",
        "title": f"Measurement of {quantity.value}",
        "required": ["time", "site", "sensor", "quantity", "value", "unit"],
        "properties": {
            "time": {"type": "string", "format": "date-time", "description": "when it was measured"},
            "site": _NAME | {"description": "a configured site or rain gauge"},
            "sensor": _NAME,
            "quantity": {"const": quantity.value},
            "value": _ON_OR_OFF if UNIT_OF[quantity] is Unit.STATE else {"type": "number"},
            "unit": {"enum": list(units_of(quantity))},
            "quality": _NAME | {"default": "good"},
            "id": _NAME | {"description": "the sender's own; without one, site, sensor and time are the identity"},
            **_SENSING.get(quantity, {}),
        },
    }


ONE = {"oneOf": [_measurement(quantity) for quantity in Quantity]}
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
