"""What the model knows of a kind and an alarm.  Times are milliseconds, priorities numbers from 0 (low) to 3 (critical)."""

import uuid
from dataclasses import dataclass, field
from typing import Any

PRIORITIES = ("low", "medium", "high", "critical")
CRITICAL = 3
SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
START = {
    "condition": "normal",
    "freshness": "fresh",
    "design": "free",
    "acknowledgement": "acknowledged",
    "shelf": "unshelved",
    "service": "in_service",
}


@dataclass(frozen=True)
class Kind:
    """One entry of the register, as scenarios write it."""

    name: str
    priority: int = 1
    needs_acknowledgement: bool = True
    acknowledges_itself_on_return: bool = False
    latching: bool = False
    on_delay_s: int = 0
    off_delay_s: int = 0
    count: dict[str, int] | None = None
    acknowledgement_expires_min: int | None = None
    shelve_max_h: int | None = None
    review_after_h: int = 24
    exempt_from_masks: bool = False
    exempt_from_flood: bool = False
    sampling_interval_s: int = 60
    position: str = "control"
    diagnostic: bool = False


@dataclass
class Alarm:
    """One alarm: its six regions and what its rules remember."""

    id: str
    condition_id: str
    kind: Kind
    site: str | None
    source: str
    regions: dict[str, str] = field(default_factory=lambda: dict(START))
    priority: int = 0
    highest: int = -1
    """Highest priority of the present activation."""
    heard: int = -1
    heard_before: int = -1
    """What was heard in the activation before chattering and since."""
    handed: int = -1
    activation_id: str | None = None
    begun_by: str = ""
    chattering: bool = False
    unheard: str | None = None
    waits_since: int | None = None
    overdue: bool = False
    one_shot: bool = False
    expires_at: int | None = None
    release_mask: dict[str, Any] | None = None
    word_at: int = -1
    words: set[str] = field(default_factory=set)
    beginnings: list[int] = field(default_factory=list)
    activations: list[int] = field(default_factory=list)

    def is_in(self, region: str, *states: str) -> bool:
        return self.regions[region] in states

    def suppressed(self) -> str | None:
        """The reason why its bell is withheld by a person or by design."""
        if self.is_in("service", "out_of_service"):
            return "out_of_service"
        if not self.is_in("design", "free"):
            return "suppressed_by_design"
        return "shelved" if self.is_in("shelf", "shelved") else None

    def stands(self) -> bool:
        """Whether it may hide others."""
        return (
            self.is_in("condition", "active", "off_delay")
            and self.is_in("freshness", "fresh")
            and self.is_in("service", "in_service")
        )

    def heard_at(self) -> int:
        return max(self.heard, self.heard_before) if self.chattering else self.heard

    def shown(self) -> str:
        if self.is_in("service", "out_of_service"):
            return "OUT_OF_SERVICE"
        if not self.is_in("design", "free"):
            return "SUPPRESSED_BY_DESIGN"
        if self.is_in("shelf", "shelved"):
            return "SHELVED"
        waits = self.is_in("acknowledgement", "unacknowledged")
        if self.is_in("condition", "active", "off_delay"):
            return "UNACKNOWLEDGED" if waits else "ACKNOWLEDGED"
        if self.is_in("condition", "latched"):
            return "LATCHED_UNACKNOWLEDGED" if waits else "LATCHED"
        return "RETURNED_UNACKNOWLEDGED" if waits else "NORMAL"

    def state(self) -> dict[str, Any]:
        return {
            "shown": self.shown(),
            **self.regions,
            "priority": PRIORITIES[self.priority],
            "chattering": self.chattering,
            "activation_id": self.activation_id,
        }


def alarm_id(area: str, condition_id: str) -> str:
    return str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, "talaia:area:" + area), condition_id))
