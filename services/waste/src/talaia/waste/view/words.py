"""Rows of what is said now and then: of conditions, of forecasts that were judged, of pumps."""

from typing import Any

import msgspec
from msgspec import UnsetType

from talaia.contracts.alerts import Signalled
from talaia.contracts.equipment import Assessed
from talaia.contracts.scores import Scored

OURS = "talaia/waste/"
"""How the sources of this service begin, the catchment follows; others say signals too."""


def known(value: float | UnsetType) -> float | None:
    """What may be left out; None when it is."""
    return None if isinstance(value, UnsetType) else value


def assessed(event: Assessed, position: str) -> dict[str, Any]:
    """The pumps of a site as they stand."""
    said: dict[str, Any] = msgspec.to_builtins(event.data)
    return said | {"assessed_at": event.data.assessed_at, "position": position}


def score(event: Scored, _: str) -> dict[str, Any]:
    """What became of a forecast."""
    data = event.data
    return {
        "id": event.id,
        "site": data.site,
        "rule": str(data.rule),
        "verdict": str(data.verdict),
        "at": event.recordedtime,
        "foreseen_at": data.foreseen_at or None,
        "overflow_at": data.overflow_at or None,
        "lead_min": known(data.lead_min),
    }


def condition(event: Signalled, position: str) -> dict[str, Any]:
    """A condition as it was last told of."""
    data = event.data
    return {
        "condition": data.condition_id,
        "catchment": event.source.removeprefix(OURS),
        "kind": data.kind,
        "subject": data.subject,
        "site": data.location.site,
        "state": str(data.state),
        "said_at": event.recordedtime,
        "expires_at": data.expires_at or None,
        "priority": str(data.priority) if data.priority else None,
        "position": position,
    }


def signal(event: Signalled, _: str) -> dict[str, Any]:
    """A word on a condition, with its evidence."""
    data = event.data
    return {
        "id": event.id,
        "condition": data.condition_id,
        "kind": data.kind,
        "subject": data.subject,
        "site": data.location.site,
        "state": str(data.state),
        "at": event.recordedtime,
        "priority": str(data.priority) if data.priority else None,
        "probability": known(data.probability),
        "expected_at": data.expected_at or None,
        "became": data.became or None,
        "guidance": data.guidance or None,
        "evidence": msgspec.to_builtins(data.evidence) if data.evidence else None,
    }
