"""The site that `make docs` makes of the documents."""

import re
import subprocess
import sys
from pathlib import Path

from support.house import ROOT

FETCHED = re.compile(r"""(?:<(?:script|img|iframe|source)\b[^>]*\bsrc|<link\b[^>]*\bhref)="(https?:)?//""")


def test_the_site_is_built_without_a_warning_and_fetches_nothing_from_other_hosts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--quiet", "docs", tmp_path / "site"]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert {"index.html", "operations.html", "glossary.html"} <= {page.name for page in pages}
    assert [page.name for page in pages if FETCHED.search(page.read_text())] == []
