"""Alert rules with one mistake each: what a slip of the pen would make of them."""

import copy
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_NUMBER = re.compile(r"(?<![\w\"\[.~])\d+(?:\.\d+)?(?![\w\].])")
_RANGE = re.compile(r"\[(\d+)([smh])\]")
_DURATION = re.compile(r"(\d+)([smh])")
_MATCHER = re.compile(r"(\w+)(=~|!~|=)\"([^\"]*)\"")
_SWAPS = {
    " > ": (" < ", " >= ", " == "),
    " < ": (" > ", " <= ", " == "),
    " - ": (" + ",),
    " == ": (" != ",),
    " and ": (" or ", " unless "),
    " or ": (" and ",),
    "max by": ("min by",),
    "sum by": ("max by",),
    "absent(": ("(",),
}
_SECONDS = {"s": 1, "m": 60, "h": 3600}

Rules = dict[str, Any]


class Mutant(NamedTuple):
    """All rules, of which one has a mistake."""

    alert: str
    what: str
    rules: Rules


def mutants(rules: Rules) -> Iterator[Mutant]:
    """Every mutant."""
    for number, group in enumerate(rules["groups"]):
        for place, rule in enumerate(group["rules"]):
            for what, changed in _of_rule(rule):
                mutated = copy.deepcopy(rules)
                if changed is None:
                    del mutated["groups"][number]["rules"][place]
                else:
                    mutated["groups"][number]["rules"][place] = changed
                yield Mutant(rule["alert"], what, mutated)


def _of_rule(rule: Rules) -> Iterator[tuple[str, Rules | None]]:
    yield "taken out", None
    severity = "ticket" if rule["labels"]["severity"] == "page" else "page"
    yield "severity", rule | {"labels": {"severity": severity}}
    if "for" in rule:
        amount, unit = _DURATION.fullmatch(rule["for"]).groups()  # type: ignore[union-attr]
        seconds = int(amount) * _SECONDS[unit]
        for changed in (seconds // 2, seconds * 2):
            yield f"for {changed}s", rule | {"for": f"{changed}s"}
    for what, expression in _of_expression(rule["expr"]):
        yield what, rule | {"expr": expression}


def _of_expression(expression: str) -> Iterator[tuple[str, str]]:
    for old, news in _SWAPS.items():
        for match in re.finditer(re.escape(old), expression):
            for new in news:
                yield f"{old.strip()} at {match.start()} becomes {new.strip()}", _put(expression, match, new)
    for match in _NUMBER.finditer(expression):
        value = float(match[0])
        for changed in (value / 2, value * 2) if value else (1.0,):
            yield f"{match[0]} at {match.start()} becomes {changed:g}", _put(expression, match, f"{changed:g}")
    for match in _RANGE.finditer(expression):
        seconds = int(match[1]) * _SECONDS[match[2]]
        for changed in (seconds // 2, seconds * 2):
            yield f"{match[0]} at {match.start()} becomes {changed}s", _put(expression, match, f"[{changed}s]")
    for match in _MATCHER.finditer(expression):
        yield f"{match[0]} at {match.start()} is another", _put(expression, match, f'{match[1]}{match[2]}"x"')
        yield f"{match[0]} at {match.start()} is taken out", _put(expression, match, f'{match[1]}=~".*"')


def _put(text: str, match: "re.Match[str]", new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]
