"""What a body of measurements is, for the OpenAPI document."""

from typing import Any

from talaia.waste.ingest.measurements import MOST_ITEMS
from talaia.waste.ingest.units import FACTORS

_NAME = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\x00-\\x1f]+$"}


def _measurement(quantity: str, units: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "title": f"Measurement of {quantity}",
        "required": ["time", "site", "sensor", "quantity", "value", "unit"],
        "properties": {
            "time": {"type": "string", "format": "date-time", "description": "when it was measured"},
            "site": _NAME | {"description": "a configured site or rain gauge"},
            "sensor": _NAME,
            "quantity": {"const": quantity},
            "value": {"type": "number"},
            "unit": {"enum": units},
            "quality": _NAME | {"default": "good"},
            "id": _NAME | {"description": "the sender's own; without one, site, sensor and time are the identity"},
        },
    }


ONE = {"oneOf": [_measurement(quantity.value, list(units)) for quantity, units in FACTORS.items()]}
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
