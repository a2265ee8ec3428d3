"""What the API says of a handover: who signed, and the report that was signed."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from talaia.alerts.view.handovers import instant
from talaia.alerts.view.tables import HandoverRow, HandoverStepRow
from talaia.contracts.vocabulary import HandoverSide

_SIDES = {"handed_over": HandoverSide.OUTGOING, "taken_over": HandoverSide.INCOMING}


class Signature(BaseModel):
    """Who signed, for which side, when."""

    side: HandoverSide
    who: str
    at: datetime


class HandoverItem(BaseModel):
    """A handover. sha256: of the report, which is what is signed; position: None for the whole area."""

    handover_id: str
    area: str
    position: str | None
    prepared_at: datetime
    state: Literal["pending", "prepared", "handed_over", "taken_over"]
    sha256: str
    signatures: list[Signature]

    @classmethod
    def of(cls, row: HandoverRow, steps: list[HandoverStepRow]) -> Self:
        """Rows as an answer."""
        signed = [step for step in steps if step.step in _SIDES]
        return cls.model_validate(
            {
                "handover_id": row.handover_id,
                "area": row.area,
                "position": row.position or None,
                "prepared_at": instant(row.prepared_us),
                "state": steps[-1].step if steps else "pending",
                "sha256": row.sha256,
                "signatures": [Signature(side=_SIDES[each.step], who=each.who, at=instant(each.at_us)) for each in signed],
            }
        )


class HandoverAnswer(HandoverItem):
    """The same with the report. content: its very text as UTF-8, of which `sha256` is the SHA-256; report: the same, read."""

    content: str
    report: dict[str, Any] = Field(description="what is open, hidden, expected, ending; incidents, load, changes of policy")
