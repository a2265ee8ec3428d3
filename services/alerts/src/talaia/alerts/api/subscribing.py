"""Subscriptions: programs that are told of every change by webhook."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session
from yarl import URL

from talaia.alerts.api.alarms import Words
from talaia.alerts.api.answers import All
from talaia.alerts.api.desk import AtDesk, Desk
from talaia.alerts.api.feed import allowed, begun, wanted
from talaia.alerts.notify.webhooks.addresses import LONGEST_URL, AddressRefused, look_up, parsed
from talaia.alerts.notify.webhooks.kept import Subscriptions
from talaia.alerts.notify.webhooks.subscription import Condition, Format, Place, SubscriptionRow, Terms, Why, new_secret
from talaia.alerts.view import changed, queries
from talaia.alerts.view.importance import ShownState
from talaia.contracts.vocabulary import Priority, Role
from talaia.web.access import GuardedRoute, require
from talaia.web.principal import Principal, Scope
from talaia.web.problem import Problem, declared, not_found
from talaia.web.view_app import Reading
from talaia.web.when import When

router = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"], route_class=GuardedRoute)
MOST = 100
Engineer = Annotated[Principal, require(Role.ENGINEER, Scope.ACT)]
SubscriptionId = Annotated[UUID, Path()]


class FilterBody(BaseModel):
    """Changes to alarms that fit every part; of one with several words, any; an empty one is no condition."""

    model_config = ConfigDict(extra="forbid")

    kind: Words = []
    priority: list[Priority] = Field(default=[], max_length=20)
    area: Words = []
    domain: Words = []
    state: list[ShownState] = Field(default=[], max_length=20, description="what the alarm shows after the change")


class SubscribeBody(BaseModel):
    """Who wants to be told of what, from when on."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=1, max_length=LONGEST_URL, description="https, at a public address; no user, no fragment")
    format: Format = Format.CLOUDEVENTS
    filter: FilterBody = FilterBody()
    start: When | Literal["now", "snapshot"] = Field(
        "now", description="`snapshot`: first all open alarms; a moment: what was recorded since, at most 14 days back"
    )


class ReplayBody(BaseModel):
    """From when on to tell again."""

    model_config = ConfigDict(extra="forbid")

    start: When


class SubscriptionAnswer(BaseModel):
    """A subscription and how far it is. url: without its query, which may be secret.

    waiting: changes that are to be sent, of which 10,000 are counted; dead_letters: those of one that is paused because it
    failed or is gone: `resume` sends them; waiting_since: when the first was recorded. failures: in a row, since failing_since.
    """

    subscription_id: str
    url: str
    format: Format
    filter: FilterBody
    created_by: str
    created_at: datetime
    condition: Condition
    why: Why | None
    snapshot: bool = Field(description="the open alarms of the beginning are not all told yet")
    delivered: int
    delivered_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    dead_letters: int
    failures: int
    failing_since: datetime | None
    next_try_at: datetime | None
    last_error: str

    @classmethod
    def of(cls, row: SubscriptionRow, session: Session) -> Self:
        """A row as an answer."""
        return cls(**_facts(row, session))


class CreatedAnswer(SubscriptionAnswer):
    """A new subscription. secret: verifies what comes (Standard Webhooks); it is never shown again."""

    secret: str


def _subscriptions(request: Request) -> Subscriptions:
    kept: Subscriptions = request.app.state.subscriptions
    return kept


Kept = Annotated[Subscriptions, Depends(_subscriptions)]


@router.post("", status_code=201, responses=declared(409, 503))
def subscribe(
    desk: AtDesk, session: Reading, kept: Kept, who: Engineer, body: SubscribeBody, response: Response
) -> CreatedAnswer:
    """Be told of every change by webhook. Each delivery is signed with the secret that only this answer shows."""
    try:
        look_up(parsed(body.url), allowed(session))
    except AddressRefused as why:
        raise Problem(409, "webhook_address", f"No webhook goes there: {why}.") from None
    place = _begun(desk, session, body.start)
    agreed = Terms(
        url=body.url,
        secret=new_secret(),
        format=body.format,
        created_by=who.name,
        created_at=desk.now(queries.sources(session)),
        **body.filter.model_dump(),
    )
    row = SubscriptionRow(subscription_id=str(uuid4()), document=msgspec.json.encode(agreed).decode(), **_columns(place))
    if not kept.add(row, MOST):
        raise Problem(409, "too_many_subscriptions", f"There are {MOST} subscriptions: delete one that nobody needs.")
    response.headers["Location"] = f"/v1/subscriptions/{row.subscription_id}"
    return CreatedAnswer(secret=agreed.secret, **_facts(row, session))


@router.get("", dependencies=[require(Role.ENGINEER)])
def subscriptions(session: Reading, kept: Kept) -> All[SubscriptionAnswer]:
    """All subscriptions, and how far each is."""
    return All(items=[SubscriptionAnswer.of(row, session) for row in kept.every()])


@router.get("/{subscription_id}", dependencies=[require(Role.ENGINEER)], responses=declared(404))
def subscription(session: Reading, kept: Kept, subscription_id: SubscriptionId) -> SubscriptionAnswer:
    """One subscription, and how far it is."""
    return _told(kept.one(str(subscription_id)), session)


@router.delete("/{subscription_id}", status_code=204, responses=declared(404))
def unsubscribe(kept: Kept, who: Engineer, subscription_id: SubscriptionId) -> None:
    """Tell it nothing any more."""
    if not kept.remove(str(subscription_id)):
        raise not_found("subscription")


@router.post("/{subscription_id}/pause", responses=declared(404))
def pause(session: Reading, kept: Kept, who: Engineer, subscription_id: SubscriptionId) -> SubscriptionAnswer:
    """Send nothing until it is resumed."""
    row = kept.decide(str(subscription_id), condition=Condition.PAUSED, why=Why.ASKED)
    return _told(row, session)


@router.post("/{subscription_id}/resume", responses=declared(404))
def resume(session: Reading, kept: Kept, who: Engineer, subscription_id: SubscriptionId) -> SubscriptionAnswer:
    """Go on where it stopped, at once: also while it waits to try again."""
    return _told(kept.decide(str(subscription_id), **_AFRESH), session)


@router.post("/{subscription_id}/replay", responses=declared(404, 503))
def replay(
    desk: AtDesk, session: Reading, kept: Kept, who: Engineer, subscription_id: SubscriptionId, body: ReplayBody
) -> SubscriptionAnswer:
    """Tell again what was recorded since a moment, at most 14 days back; each change has the `webhook-id` it had."""
    place = _begun(desk, session, body.start)
    return _told(kept.decide(str(subscription_id), **_AFRESH, **_columns(place)), session)


_AFRESH: dict[str, Any] = {"condition": Condition.ACTIVE, "why": "", "failures": 0, "failing_since_ms": 0, "next_try_ms": 0}


def _begun(desk: Desk, session: Session, start: datetime | str) -> Place:
    """Where to begin. Raises Problem."""
    head = changed.head(session)
    if not head.complete:
        detail = "The view is being made from its topics, so it is not known where to begin. Please try again in a moment."
        raise Problem(503, "view_unavailable", detail, headers={"Retry-After": "5"})
    return begun(session, head, desk.now(queries.sources(session)), start)


def _columns(place: Place) -> dict[str, Any]:
    columns: dict[str, Any] = msgspec.structs.asdict(place)
    return columns


def _told(row: SubscriptionRow | None, session: Session) -> SubscriptionAnswer:
    if row is None:
        raise not_found("subscription")
    return SubscriptionAnswer.of(row, session)


def _facts(row: SubscriptionRow, session: Session) -> dict[str, Any]:
    terms = row.terms
    waits, first_ms = changed.waiting(session, wanted(terms), row.snapshot_until or row.change)
    parts = {name: getattr(terms, name) for name in FilterBody.model_fields}
    return {
        "subscription_id": row.subscription_id,
        "url": str(URL(terms.url).with_query(None)),
        "format": terms.format,
        "filter": FilterBody.model_validate(parts),
        "created_by": terms.created_by,
        "created_at": terms.created_at,
        "condition": row.condition,
        "why": row.why or None,
        "snapshot": row.snapshot_until > 0,
        "delivered": row.delivered,
        "delivered_at": _moment(row.delivered_ms),
        "waiting": waits,
        "waiting_since": _moment(first_ms or 0),
        "dead_letters": waits if row.why in (Why.FAILED, Why.GONE) else 0,
        "failures": row.failures,
        "failing_since": _moment(row.failing_since_ms),
        "next_try_at": _moment(row.next_try_ms),
        "last_error": row.error,
    }


def _moment(at_ms: int) -> datetime | None:
    return datetime.fromtimestamp(at_ms / 1000, UTC) if at_ms else None
