"""A subscription: where changes are sent, which ones, and how far that has come."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlmodel import BigInteger, Field, SQLModel, Text

_SECRET_BYTES = 32


class Format(StrEnum):
    """How a change is written: as a CloudEvent, or as Alertmanager writes to its webhook receivers (version 4)."""

    CLOUDEVENTS = "cloudevents"
    ALERTMANAGER = "alertmanager"


class Condition(StrEnum):
    """Whether changes are sent now."""

    ACTIVE = "active"
    PAUSED = "paused"


class Why(StrEnum):
    """Why a subscription is paused: somebody asked for it, it failed for three days, or its receiver answered 410 Gone."""

    ASKED = "asked"
    FAILED = "failed"
    GONE = "gone"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed when it was made; a field that a later release adds has a default.

    kind, priority, area, domain, state: only changes to an alarm that fits each of them; an empty one is no condition.
    """

    url: str
    secret: str
    format: Format
    created_by: str
    created_at: datetime
    kind: Sequence[str] = ()
    priority: Sequence[str] = ()
    area: Sequence[str] = ()
    domain: Sequence[str] = ()
    state: Sequence[str] = ()


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far a subscriber was told. change: of the view `view_id`; at_ms: recorded time of the last one told.

    snapshot_until: first the open alarms as they stood at this change of the view are told; 0: that is done.
    """

    view_id: str
    change: int
    at_ms: int
    snapshot_until: int = 0


class SubscriptionRow(SQLModel, table=True):
    """A subscription as it is kept. document: its terms; generation: another one whenever somebody decides on it anew.

    failures, failing_since_ms, next_try_ms, error: of the change that is tried now. leased_by, leased_until_ms: which
    process sends.
    """

    __tablename__ = "webhook_subscriptions"

    subscription_id: str = Field(primary_key=True)
    document: str = Field(sa_type=Text)
    condition: str = Condition.ACTIVE
    why: str = ""
    generation: int = Field(default=0, sa_type=BigInteger)
    view_id: str
    change: int = Field(sa_type=BigInteger)
    at_ms: int = Field(sa_type=BigInteger)
    snapshot_until: int = Field(default=0, sa_type=BigInteger)
    delivered: int = Field(default=0, sa_type=BigInteger)
    delivered_ms: int = Field(default=0, sa_type=BigInteger)
    failures: int = Field(default=0, sa_type=BigInteger)
    failing_since_ms: int = Field(default=0, sa_type=BigInteger)
    next_try_ms: int = Field(default=0, sa_type=BigInteger)
    error: str = Field(default="", sa_type=Text)
    leased_by: str = ""
    leased_until_ms: int = Field(default=0, sa_type=BigInteger)

    @property
    def terms(self) -> Terms:
        """What was agreed."""
        return msgspec.json.decode(self.document, type=Terms)

    @property
    def place(self) -> Place:
        """How far it has come."""
        return Place(view_id=self.view_id, change=self.change, at_ms=self.at_ms, snapshot_until=self.snapshot_until)

    def stand(self, place: Place) -> None:
        """It has come so far."""
        self.view_id, self.change = place.view_id, place.change
        self.at_ms, self.snapshot_until = place.at_ms, place.snapshot_until


def new_secret() -> str:
    """A key as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
