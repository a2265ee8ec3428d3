"""Schemas only grow: the committed ones against those of the last release, and each kind of broken promise planted."""

import copy
import json
from typing import Any

import pytest
from generated import SCHEMAS
from support.growth import broken_promises
from support.house import ROOT

RELEASED = sorted((ROOT / "libs/contracts/released").glob("*.json"))

OLD: dict[str, Any] = {
    "anyOf": [{"$ref": "#/$defs/Measured"}, {"$ref": "#/$defs/Tick"}],
    "$defs": {
        "Measured": {
            "type": "object",
            "properties": {
                "type": {"enum": ["measured"]},
                "value": {"type": "number", "minimum": 0},
                "unit": {"$ref": "#/$defs/Unit"},
                "name": {"type": "string", "maxLength": 200, "minLength": 1},
                "path": {"type": "array", "items": {"type": "number"}, "maxItems": 10},
                "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                "facts": {"type": "object", "additionalProperties": {"type": "number"}},
                "place": {"type": "object", "properties": {"lat": {"type": "number"}}, "required": ["lat"]},
            },
            "required": ["type", "value"],
        },
        "Tick": {"type": "object", "properties": {"type": {"enum": ["tick"]}}, "required": ["type"]},
        "Unit": {"enum": ["m", "mm"]},
    },
}


def _changed(path: str, value: Any) -> dict[str, Any]:
    """OLD with one place set to another value, or without it."""
    schema = copy.deepcopy(OLD)
    *way, last = path.split("/")
    place: Any = schema["$defs"]
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return schema


PROPERTIES = "Measured/properties"


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (f"{PROPERTIES}/name", None, "$.name: property removed"),
        (f"{PROPERTIES}/place/properties/lat", None, "$.place.lat: property removed"),
        ("Measured/required", ["type", "value", "name"], "$.name: newly required"),
        ("Measured/required", ["type"], "$.value: no longer required"),
        (f"{PROPERTIES}/place/required", [], "$.place.lat: no longer required"),
        (f"{PROPERTIES}/value/type", "integer", "$.value: number no longer allowed"),
        (f"{PROPERTIES}/value/type", "string", "$.value: number no longer allowed"),
        (f"{PROPERTIES}/value/minimum", 1, "$.value: minimum narrowed to 1"),
        (f"{PROPERTIES}/value/maximum", 9, "$.value: maximum narrowed to 9"),
        (f"{PROPERTIES}/name/maxLength", 100, "$.name: maxLength narrowed to 100"),
        (f"{PROPERTIES}/name/pattern", "^a", "$.name: pattern changed"),
        (f"{PROPERTIES}/path/maxItems", 9, "$.path: maxItems narrowed to 9"),
        (f"{PROPERTIES}/path/items", {"type": "integer"}, "$.path[items]: number no longer allowed"),
        (
            f"{PROPERTIES}/facts/additionalProperties",
            {"type": "string"},
            "$.facts[additionalProperties]: number no longer allowed",
        ),
        ("Tick/additionalProperties", False, "$: additionalProperties newly restricted"),
        (f"{PROPERTIES}/at", {"type": "string", "format": "date-time"}, "$.at: null no longer allowed"),
        ("Unit/enum", ["m"], "$.unit: enumeration lost 'mm'"),
        (f"{PROPERTIES}/name/enum", ["a"], "$.name: enumeration lost 'anything else'"),
        ("Tick/properties/type", {"enum": ["tock"]}, "$.type: enumeration lost 'tick'"),
    ],
)
def test_a_broken_promise_is_named(path: str, value: Any, says: str) -> None:
    assert says in broken_promises(OLD, _changed(path, value))


def test_an_event_that_goes_is_a_broken_promise() -> None:
    without = copy.deepcopy(OLD)
    without["anyOf"].pop()
    assert broken_promises(OLD, without) != []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{PROPERTIES}/note", {"type": "string"}),
        ("Unit/enum", ["m", "mm", "m3/s"]),
        ("Unit", {"type": "string"}),
        (f"{PROPERTIES}/name/maxLength", 400),
        (f"{PROPERTIES}/name/minLength", None),
        (f"{PROPERTIES}/value", {"anyOf": [{"type": "number"}, {"type": "null"}]}),
        (f"{PROPERTIES}/place/properties/lon", {"type": "number"}),
        ("Measured/description", "other words"),
    ],
)
def test_growth_breaks_no_promise(path: str, value: Any) -> None:
    assert broken_promises(OLD, _changed(path, value)) == []


def test_a_new_event_breaks_no_promise() -> None:
    more = copy.deepcopy(OLD)
    more["$defs"]["Configured"] = {"type": "object", "properties": {"type": {"enum": ["configured"]}}}
    more["anyOf"].append({"$ref": "#/$defs/Configured"})
    assert broken_promises(OLD, more) == []


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_a_topic_keeps_what_the_last_release_promised(released) -> None:
    now = ROOT / SCHEMAS / released.name
    assert now.exists(), f"{released.stem} was released and is gone"
    assert broken_promises(json.loads(released.read_text()), json.loads(now.read_text())) == []
