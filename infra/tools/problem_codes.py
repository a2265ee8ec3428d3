"""`docs/reference/problems.md`: every code that a problem answer may have."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from talaia.web.codes import EVERYWHERE, Meaning

PAGE = "docs/reference/problems.md"
_HEAD = """# Problem answers
Every answer above 399 is `application/problem+json` (RFC 9457): `type`, `title`, `status`, `code`, `detail`.
`code` is stable and meant for programs; `detail` is a sentence for people, and may change.
An API's OpenAPI document says which statuses an operation may answer; this page, made by `make schemas`, what the codes mean.
"""


def files(root: Path) -> Iterator[tuple[Path, str]]:
    """The page with its content."""
    groups = {"Every API": EVERYWHERE} | {name.capitalize(): codes for name, codes in of_services(root).items()}
    yield root / PAGE, _HEAD + "".join(_group(title, codes) for title, codes in groups.items())


def of_services(root: Path) -> dict[str, Mapping[str, Meaning]]:
    """The codes that only one service answers, of each that has some."""
    names = sorted(path.parents[1].name for path in root.glob("services/*/src/talaia/*/api/codes.py"))
    return {name: import_module(f"talaia.{name}.api.codes").CODES for name in names}


def _group(title: str, codes: Mapping[str, Meaning]) -> str:
    ordered = sorted(codes.items(), key=lambda item: (item[1].status, item[0]))
    rows = "".join(f"| {meaning.status} | `{code}` | {meaning.means} |\n" for code, meaning in ordered)
    return f"\n## {title}\n| status | code | means |\n|---|---|---|\n{rows}"
