"""Tables as CSV (RFC 4180) that a spreadsheet may open: no text in them becomes a formula."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import islice
from typing import Any

from fastapi.responses import StreamingResponse

CSV = "text/csv"
A_TABLE: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}}}
"""How the document says of a route that it answers with a table."""
_LINES_AT_ONCE = 250


def csv_line(cells: Iterable[object]) -> str:
    """The cells as one line, its end included."""
    line = StringIO()
    csv.writer(line).writerow(map(_harmless, cells))
    return line.getvalue()


def streamed(lines: Iterator[str]) -> StreamingResponse:
    """Lines as an answer, some at a time: few are held at once, however many there are."""
    return StreamingResponse(iter(lambda: "".join(islice(lines, _LINES_AT_ONCE)), ""), media_type=CSV)


def _harmless(cell: object) -> object:
    """Text that a spreadsheet would take for a formula stands behind an apostrophe, as OWASP advises."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
