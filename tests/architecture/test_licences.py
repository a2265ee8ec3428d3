"""What comes with Talaia is under a licence that somebody looked at: allowed for all, or named with a reason for one."""

from importlib.metadata import metadata
from typing import Any

import pytest
from licences import is_allowed, read_policy, refused, runtime, stated
from support.house import ROOT

POLICY = read_policy(ROOT)
NEEDED = runtime(ROOT)


def test_every_distribution_that_talaia_runs_with_has_a_licence_that_is_allowed() -> None:
    assert len(NEEDED) > 50
    assert refused(POLICY, NEEDED) == {}


def test_a_distribution_that_nobody_looked_at_is_refused() -> None:
    unnamed = POLICY._replace(named={})
    assert refused(unnamed, {"supervisor", "six"}) == {"supervisor": ""}


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("Apache-2.0 OR GPL-3.0-only AND MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only OR AGPL-3.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", False),
        ("(MIT OR GPL-3.0-only) AND SSPL-1.0", False),
        ("LicenseRef-Proprietary", False),
        ("", False),
    ],
)
def test_one_side_of_a_choice_must_be_allowed_whole(expression: str, allowed: bool) -> None:
    assert is_allowed(POLICY, expression) == allowed


@pytest.mark.parametrize(
    ("about", "expression"),
    [
        ({"license_expression": "mit", "license": "GPL-3.0-only"}, "MIT"),
        ({"license": "Apache 2.0"}, "Apache-2.0"),
        ({"license": "see LICENSE", "classifier": ["License :: OSI Approved :: MIT License"]}, "MIT"),
        ({"classifier": ["License :: OSI Approved :: BSD License"]}, ""),
        ({"classifier": ["License :: OSI Approved :: MIT License", "License :: Other/Proprietary License"]}, ""),
        ({"classifier": ["Programming Language :: Python"]}, ""),
        ({}, ""),
    ],
)
def test_a_licence_is_what_metadata_says_clearly_or_unknown(about: dict[str, Any], expression: str) -> None:
    assert stated(POLICY, about) == expression


def test_who_is_named_is_there_and_says_too_little_of_itself() -> None:
    assert POLICY.named.keys() <= NEEDED
    there = POLICY.named.keys() - {"colorama"}
    assert [name for name in sorted(there) if is_allowed(POLICY, stated(POLICY, metadata(name).json))] == []


def test_nothing_is_allowed_that_nobody_needs() -> None:
    said = [stated(POLICY, metadata(name).json) for name in NEEDED - POLICY.named.keys()]
    assert {name for name in POLICY.allowed if not any(name in each.split() for each in said)} == set()
