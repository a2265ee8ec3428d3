"""A JSON Schema of the contracts in words: one table a structure, one line an enumeration."""

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

REF = "#/{name}"
"""Where references lead while they are words of a page: the name alone counts."""
_UNITS_BY_ENDING = {
    "_m_per_min": "m/min",
    "_mm_30min": "mm in 30 min",
    "_m3_per_s": "m³/s",
    "_m3": "m³",
    "_m2": "m²",
    "_share": "share of 1",
    "_m": "m",
    "_s": "s",
    "_min": "min",
    "_h": "h",
}
_UNITS_BY_NAME = {
    "discharge_coefficient": "none",
    "gauge_weights": "share of 1",
    "high": "of the quantity",
    "k": "m^1.5/s",
    "lat": "degrees, WGS 84",
    "lon": "degrees, WGS 84",
    "low": "of the quantity",
    "minutes": "min",
    "minutes_to_overflow": "min",
    "mm": "mm",
    "probability": "share of 1",
    "value": "as `unit` says",
    "original_value": "as `original_unit` says",
}


def table(schema: Schema) -> list[str]:
    """The fields of a structure as lines of Markdown."""
    rows = [_row(name, field, schema.get("required", ())) for name, field in schema["properties"].items()]
    return ["| field | holds | unit | if left out |", "|---|---|---|---|", *rows] if rows else ["No fields."]


def unit(name: str) -> str:
    """The unit of a number, which its name carries; empty: it counts or names something."""
    if name in _UNITS_BY_NAME:
        return _UNITS_BY_NAME[name]
    return next((unit for ending, unit in _UNITS_BY_ENDING.items() if name.endswith(ending)), "")


def numbers(schema: Schema) -> set[str]:
    """Fields that hold a number with a fraction, one or several."""
    return {name for name, field in schema.get("properties", {}).items() if _is_number(field)}


def _is_number(field: Schema) -> bool:
    if field.get("type") == "array":
        return _is_number(field["items"])
    return field.get("type") == "number" or any(map(_is_number, field.get("anyOf", ())))


def _row(name: str, field: Schema, required: tuple[str, ...]) -> str:
    if name in required:
        left_out = "must be there"
    elif "default" not in field:
        left_out = "absent"
    else:
        left_out = _value(field["default"])
    return f"| `{name}` | {words(field)} | {unit(name) if _is_number(field) else ''} | {left_out} |"


def words(field: Schema) -> str:
    """What a field holds."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in field:
        return " or ".join(map(words, field["anyOf"]))
    if "enum" in field:
        return " or ".join(map(_value, field["enum"]))
    match field.get("type"):
        case "array":
            return f"list{_bounds(field)} of {words(field['items'])}"
        case "object":
            inner = field.get("additionalProperties")
            return f"map of names to {words(inner)}" if inner else "map"
        case "string" if field.get("format") == "date-time":
            return "moment with its zone"
        case "string":
            return f"text{_bounds(field)}"
        case "null":
            return "null"
        case "boolean":
            return "true or false"
        case kind:
            return f"{'whole number' if kind == 'integer' else kind or 'anything'}{_bounds(field)}"


def _bounds(field: Schema) -> str:
    ranges = (("minLength", "maxLength", " characters"), ("minItems", "maxItems", ""), ("minimum", "maximum", ""))
    said = [_range(field.get(low), field.get(high), what) for low, high, what in ranges if low in field or high in field]
    said += [f"above {field['exclusiveMinimum']}"] if "exclusiveMinimum" in field else []
    return f" ({', '.join(said)})" if said else ""


def _range(low: float | None, high: float | None, what: str) -> str:
    if low == high:
        return f"{low}{what}"
    if low is None or high is None:
        return f"at most {high}{what}" if low is None else f"at least {low}{what}"
    return f"{low} to {high}{what}"


def _value(value: object) -> str:
    if value in ("", [], {}):
        return "empty"
    return f"`{value}`" if isinstance(value, str) else json.dumps(value)
