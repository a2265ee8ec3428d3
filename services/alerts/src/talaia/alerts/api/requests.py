"""What may be asked of an alarm: the bodies of acts, and their headers."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Header
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from talaia.contracts.vocabulary import OperatorVerdict
from talaia.web.when import When

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


class Shelve(_OnAlarms):
    """Put alarms away until a time, for a reason: operators for up to 8 hours, supervisors for up to 72, as the kind allows.

    one_shot: they come back when the present activation ends already. Without reason or end the act is refused, and the
    journal says so.
    """

    verb: Literal["shelve"]
    until: When | None = None
    one_shot: bool = False
    text: Text | None = None


class Unshelve(_OnAlarms):
    """Take alarms from the shelf; what is new rings."""

    verb: Literal["unshelve"]
    text: Text | None = None


class TakeOut(_OnAlarms):
    """Take alarms out of service, by a supervisor, for a reason. review_at: looked at again then, else after the kind's time."""

    verb: Literal["take_out_of_service"]
    review_at: When | None = None
    text: Text | None = None


class GiveBack(_OnAlarms):
    """Return alarms to service, by a supervisor."""

    verb: Literal["return_to_service"]
    text: Text | None = None


class Assign(_OnAlarms):
    """Put alarms in somebody's hands; without a name in nobody's."""

    verb: Literal["assign"]
    assignee: Name | None = None
    text: Text | None = None


class Judge(_OnAlarms):
    """Say whether an alarm, or a forecast, was so."""

    verb: Literal["verdict"]
    verdict: OperatorVerdict
    text: Text | None = None


class CloseIncident(_Act):
    """Close an incident, by a supervisor; its alarms stay as they are."""

    verb: Literal["close_incident"]
    incident: Name
    text: Text | None = None


class Merge(_Act):
    """Say that two incidents are one: the older id stays."""

    verb: Literal["merge"]
    incident: Name
    into: Name
    text: Text | None = None


class Split(_OnAlarms):
    """Give alarms of an incident one of their own, or move them to another (`into`)."""

    verb: Literal["split"]
    incident: Name
    into: Name | None = None
    text: Text | None = None


ActBody = Annotated[
    Plain | Note | Shelve | Unshelve | TakeOut | GiveBack | Assign | Judge | CloseIncident | Merge | Split,
    Field(discriminator="verb"),
]
