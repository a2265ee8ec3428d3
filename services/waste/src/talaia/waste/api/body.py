"""What a body of measurements, or of nowcasts, is for the OpenAPI document."""

from collections.abc import Iterable, Iterator
from typing import Any

from talaia.contracts.vocabulary import UNIT_OF, Quantity, Unit
from talaia.waste.ingest.batches import MOST_ITEMS
from talaia.waste.ingest.quality import GOOD, KNOWN_WORDS, MOST_OPC
from talaia.waste.ingest.units import FACTORS, NEEDS, WORDS

_NAME = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\x00-\\x1f]+$"}
_POSITIVE = {"type": "number", "exclusiveMinimum": 0, "maximum": 1e6}
_ON_OR_OFF = {"anyOf": [{"enum": [0, 1]}, {"type": "boolean"}, {"enum": list(WORDS)}]}
_QUALITY = {
    "anyOf": [_NAME, {"type": "integer", "minimum": 0, "maximum": MOST_OPC}],
    "default": GOOD,
    "description": f"what the source says of it: {', '.join(KNOWN_WORDS)}, in capitals or not, or OPC's number (192 and more is "
    "good, 64 and more uncertain, less bad, of its lowest eight bits); with any other word the reading is suspect",
}
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
            "quality": _QUALITY,
            "id": _NAME | {"description": "the sender's own; without one, site, sensor and time are the identity"},
            **more,
        },
    }


ONE = {"oneOf": list(_measurements())}
MANY = {"type": "array", "maxItems": MOST_ITEMS, "items": {}, "description": "measurements, each answered for itself"}
EXAMPLE = {"time": "2026-03-01T02:10:00Z", "site": "T1", "sensor": "T1-level", "quantity": "level", "value": 4.1, "unit": "m"}
NOWCAST = {
    "type": "object",
    "title": "Nowcast",
    "required": ["gauge", "issued_at", "step_min", "mm"],
    "properties": {
        "gauge": _NAME | {"description": "a configured rain gauge"},
        "issued_at": {"type": "string", "format": "date-time", "description": "its first step begins then"},
        "step_min": {"type": "number", "exclusiveMinimum": 0, "maximum": 60},
        "mm": {
            "type": "array",
            "minItems": 1,
            "maxItems": 72,
            "items": {"type": "number", "minimum": 0, "maximum": 500},
            "description": "rain to come, of each step; an hour of it is used",
        },
    },
}
NOWCASTS = MANY | {"description": "nowcasts, each answered for itself"}
NOWCAST_EXAMPLE = {"gauge": "RG1", "issued_at": "2026-03-01T02:10:00Z", "step_min": 5, "mm": [0.4, 1.2, 2.0, 0.8]}


def _body(one: dict[str, Any], many: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a door: its body is read by the door itself, so that one bad item does not refuse the others."""
    content = {
        "application/json": {"schema": {"anyOf": [one, many]}, "example": example},
        "application/x-ndjson": {"schema": {"type": "string", "description": "one a line"}},
    }
    return {"requestBody": {"required": True, "content": content}}


MEASUREMENTS_BODY = _body(ONE, MANY, EXAMPLE)
NOWCASTS_BODY = _body(NOWCAST, NOWCASTS, NOWCAST_EXAMPLE)
