"""May a schema change like this? A topic's schema only grows, so that readers of the release before survive.

What was promised stays: no property goes, none becomes required or stops being so, no type, enumeration or bound gets narrower,
no event goes. A wider type or enumeration is growth: readers are deployed before writers.
"""

from typing import Any

Schema = dict[str, Any]

_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_EXACT = ("format", "pattern")
_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


def broken_promises(old: Schema, new: Schema) -> list[str]:
    """What readers of `old` would miss in messages that follow `new`, one a line; empty when it only grew."""
    return _Comparison(old, new).of(old, new, "$")


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new

    def of(self, old: Schema, new: Schema, at: str) -> list[str]:
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        if "anyOf" in old or "anyOf" in new:
            return self._branches(old.get("anyOf", [old]), new.get("anyOf", [new]), at)
        return [*_values(old, new, at), *_bounds(old, new, at), *self._members(old, new, at)]

    def _branches(self, old: list[Schema], new: list[Schema], at: str) -> list[str]:
        """Every old branch has a new one that grew from it; the nearest says what is missing."""
        found: list[str] = []
        for branch in old:
            found += min((self.of(branch, candidate, at) for candidate in new), key=len)
        return found

    def _members(self, old: Schema, new: Schema, at: str) -> list[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
        found = [f"{at}.{name}: property removed" for name in before if name not in after]
        found += [f"{at}.{name}: newly required" for name in sorted(is_required - was_required)]
        found += [f"{at}.{name}: no longer required" for name in sorted(was_required - is_required) if name in after]
        for name in before:
            if name in after:
                found += self.of(before[name], after[name], f"{at}.{name}")
        for inner in ("items", "additionalProperties", "propertyNames"):
            if new.get(inner, True) is not True:
                if old.get(inner, True) is True:
                    found.append(f"{at}: {inner} newly restricted")
                elif isinstance(new[inner], dict) and isinstance(old[inner], dict):
                    found += self.of(old[inner], new[inner], f"{at}[{inner}]")
        return found


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _values(old: Schema, new: Schema, at: str) -> list[str]:
    found = [f"{at}: {name} no longer allowed" for name in sorted(_types(old) - _types(new))]
    if "enum" in new:
        gone = [value for value in old.get("enum", ["anything else"]) if value not in new["enum"]]
        found += [f"{at}: enumeration lost {value!r}" for value in gone]
    return found + [f"{at}: {word} changed" for word in _EXACT if word in new and new[word] != old.get(word)]


def _types(schema: Schema) -> set[str]:
    """Types that a schema allows; without a word they follow from its values, a whole number is a number."""
    if "type" not in schema:
        return {_NAMES[type(value)] for value in schema["enum"]} if "enum" in schema else set(_NAMES.values())
    given = schema["type"]
    types = {given} if isinstance(given, str) else set(given)
    return types | {"integer"} if "number" in types else types


def _bounds(old: Schema, new: Schema, at: str) -> list[str]:
    infinity = float("inf")
    upper = [word for word in _UPPER if new.get(word, infinity) < old.get(word, infinity)]
    lower = [word for word in _LOWER if new.get(word, -infinity) > old.get(word, -infinity)]
    return [f"{at}: {word} narrowed to {new[word]}" for word in (*upper, *lower)]
