"""What may be asked of alerts and silences, as Alertmanager's tools ask it."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from talaia.alerts.ingest.matchers import Matchers
from talaia.web.problem import Problem

Filter = Annotated[str, Field(max_length=1_000, pattern=r"^\s*[a-zA-Z_:][a-zA-Z0-9_:]*\s*(=~|!~|!=|=)[\s\S]*$")]
Filters = Annotated[list[Filter], Field(max_length=20, description='matchers: `name="value"`, `!=`, `=~`, `!~`')]
Texts = Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=20)]


class SilenceFilters(BaseModel):
    """Silences that fit every one."""

    filter: Filters = []
    creator: Texts = []


class AlertFilters(BaseModel):
    """Alerts that fit every one; of those that are hidden, the kinds that are wanted."""

    filter: Filters = []
    receiver: str = Field("", max_length=1_000, description="a pattern of the position's whole name")
    active: bool = True
    silenced: bool = True
    inhibited: bool = True


class Wanted(AlertFilters):
    """As of alerts in groups, and those that nobody looked at yet: there are none."""

    unprocessed: bool = True


def matchers(texts: Sequence[str]) -> Matchers:
    """Matchers of a request. Raises Problem."""
    try:
        return Matchers(texts)
    except ValueError as wrong:
        raise Problem(400, "matcher", f"A filter cannot be read: {wrong}.") from None


def receivers(pattern: str) -> Matchers:
    """Which positions are asked for. Raises Problem."""
    return matchers([f"receiver=~{pattern}"] if pattern else [])
