"""Pages of a long list: an opaque cursor says after which row the next page begins, so that new rows shift nothing."""

import base64
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

from talaia.web.problem import Problem

Item = TypeVar("Item")
Row = TypeVar("Row")
Key = tuple[str | int | float | datetime, ...]
LIMIT = 500
_LARGEST = 2**63
_UNSTORABLE = re.compile(r"[\x00-\x1f\ud800-\udfff]")
"""What no name has, and a database does not take; any other sign of a name must come back in a cursor."""


class PageOf(BaseModel, Generic[Item]):
    """Some rows of a list. next: the cursor of the next page; null on the last."""

    items: list[Item]
    next: str | None


@dataclass(frozen=True)
class Paging:
    """Which page is asked for. after: sort key of the last row before it, of the types given to `paged`; None at first."""

    limit: int
    after: tuple[Any, ...] | None

    def page(self, rows: Sequence[Row], item: Callable[[Row], Item], key: Callable[[Row], Key]) -> PageOf[Item]:
        """A page of `rows`, of which one more than `limit` was asked for. key: sort key of a row."""
        shown = rows[: self.limit]
        return PageOf(items=[item(row) for row in shown], next=_cursor(key(shown[-1])) if len(rows) > self.limit else None)


def paged(*kinds: type[str] | type[int] | type[float] | type[datetime]) -> Any:
    """`Annotated[Paging, paged(datetime, str)]`: reads `limit` and `cursor` of a list sorted by a key of these types.

    Raises Problem 404 for a cursor of another list.
    """

    def read(
        limit: Annotated[int, Query(ge=1, le=LIMIT, description="rows on a page")] = 100,
        cursor: Annotated[str | None, Query(max_length=1_000, description="`next` of the page before")] = None,
    ) -> Paging:
        return Paging(limit, None if cursor is None else _after(cursor, kinds))

    return Depends(read)


def _cursor(key: Key) -> str:
    written = [part.isoformat() if isinstance(part, datetime) else part for part in key]
    return base64.urlsafe_b64encode(json.dumps(written).encode()).decode().rstrip("=")


def _after(cursor: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    try:
        key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        return tuple(_part(part, kind) for part, kind in zip(key, kinds, strict=True))
    except (ValueError, TypeError, RecursionError):
        raise Problem(404, "unknown_cursor", "This cursor is not of this list: begin without one.") from None


def _part(part: Any, kind: type) -> Any:
    """A part of a sort key that a database can compare. Raises ValueError, TypeError."""
    if kind is datetime:
        moment = datetime.fromisoformat(part)
        if moment.tzinfo is not None:
            return moment
    elif type(part) is kind and _storable(part):
        return part
    raise ValueError(part)


def _storable(part: Any) -> bool:
    return not _UNSTORABLE.search(part) if isinstance(part, str) else abs(part) < _LARGEST
