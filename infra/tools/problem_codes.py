"""`docs/reference/problems.md`: every code that a problem answer may have."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from talaia.alerts.api.codes import CODES as ALERTS
from talaia.waste.api.codes import CODES as WASTE
from talaia.web.codes import EVERYWHERE, Meaning

PAGE = "docs/reference/problems.md"
GROUPS = {"Every API": EVERYWHERE, "Waste": WASTE, "Alerts": ALERTS}
_HEAD = """# Problem answers
Every answer above 399 is `application/problem+json` (RFC 9457): `type`, `title`, `status`, `code`, `detail`.
`code` is stable and meant for programs; `detail` is a sentence for people, and may change.
An API's OpenAPI document says which statuses an operation may answer; this page, made by `make schemas`, what the codes mean.
"""


def files(root: Path) -> Iterator[tuple[Path, str]]:
    """The page with its content."""
    yield root / PAGE, _HEAD + "".join(_group(title, codes) for title, codes in GROUPS.items())


def _group(title: str, codes: Mapping[str, Meaning]) -> str:
    ordered = sorted(codes.items(), key=lambda item: (item[1].status, item[0]))
    rows = "".join(f"| {meaning.status} | `{code}` | {meaning.means} |\n" for code, meaning in ordered)
    return f"\n## {title}\n| status | code | means |\n|---|---|---|\n{rows}"
