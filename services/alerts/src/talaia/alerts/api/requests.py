"""What may be asked of an alarm: the bodies of acts, and their headers."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Header
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$")]
IdempotencyKey = Annotated[UUID, Header(description="id of the act: the same again is the same act")]
Version = Annotated[str, Field(pattern=r'^"?[0-9]{1,9}"?$')]
IfMatch = Annotated[Version | SkipJsonSchema[None], Header(description="version of the alarm on which the act was decided")]


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    position: Annotated[Name, Field(description="the desk at which the person sits")] = "control"
    reason: Text | None = None


class AcknowledgeBody(_Act):
    """Acknowledge an alarm."""

    text: Text | None = None


class NoteBody(_Act):
    """Write a note about an alarm."""

    text: Text


class _OnAlarms(_Act):
    alarms: Annotated[list[Name], Field(min_length=1, max_length=500)]


class Plain(_OnAlarms):
    """Acknowledge, take an acknowledgement back, or reset a latched alarm."""

    verb: Literal["acknowledge", "unacknowledge", "reset"]
    text: Text | None = None


class Note(_OnAlarms):
    """Write a note about alarms."""

    verb: Literal["note"]
    text: Text


ActBody = Annotated[Plain | Note, Field(discriminator="verb")]
