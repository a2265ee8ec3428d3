"""A moment that somebody asks about, written as RFC 3339 writes it, and not as a number of seconds."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _written(said: object) -> object:
    if not isinstance(said, datetime) and not (isinstance(said, str) and _RFC3339.fullmatch(said)):
        raise ValueError("write a moment with its zone, as 2026-03-01T02:10:00Z")
    return said


When = Annotated[AwareDatetime, BeforeValidator(_written)]
"""Of a query's parameter, or of a body."""
