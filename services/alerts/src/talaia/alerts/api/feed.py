"""Changes of the view as subscribers are told them, and where one begins."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from sqlmodel import Session, select

from talaia.alerts.api.desk import Shown
from talaia.alerts.notify.webhooks.addresses import Networks, networks
from talaia.alerts.notify.webhooks.deliver import Page
from talaia.alerts.notify.webhooks.payload import Change
from talaia.alerts.notify.webhooks.subscription import Place, Terms
from talaia.alerts.view import changed
from talaia.alerts.view.project import milliseconds
from talaia.alerts.view.queries import Wanted
from talaia.alerts.view.registers import registers
from talaia.stream.views.tables import ViewHead

OVERLAP_MS = timedelta(hours=1) // timedelta(milliseconds=1)
"""A view that was made anew numbers its changes anew; a subscriber goes on so long before the last one it was told."""


class ViewFeed:
    """Tells subscribers what changed in a view; `talaia.alerts.notify.webhooks.deliver.Feed`."""

    def __init__(self, view: Callable[[], Shown]) -> None:
        self._view = view

    def page(self, place: Place, terms: Terms, limit: int) -> Page:
        """Changes that a subscriber wants after a place; none while the view is being made. Blocks."""
        with self._view().session() as session:
            head = session.exec(select(ViewHead)).one_or_none()
            if head is None or not head.complete:
                return Page(place, (), place)
            start = _in_this_view(session, head, place)
            until, told = (start.snapshot_until, changed.standing) if start.snapshot_until else (head.change, changed.after)
            rows = told(session, wanted(terms), start.change, until, limit)
        changes = [Change(row.change, row.change_id, row.at_ms, row.document) for row in rows]
        at_ms = changes[-1].at_ms if changes else start.at_ms
        if len(changes) == limit:
            return Page(start, changes, msgspec.structs.replace(start, change=changes[-1].number, at_ms=at_ms))
        return Page(start, changes, Place(view_id=head.view_id, change=until, at_ms=at_ms))

    def networks(self) -> Networks:
        """Networks that the registers name. Blocks."""
        with self._view().session() as session:
            return allowed(session)

    def seen(self) -> int:
        """Number of the view's last change."""
        return self._view().changes.latest

    async def wait(self, after: int, longest_s: float) -> None:
        """Until the view changed after that, or time is up."""
        await self._view().changes.wait(after, longest_s)


def begun(session: Session, head: ViewHead, now: datetime, start: datetime | str) -> Place:
    """Where a subscriber begins: now, with a snapshot of what stands now, or at what was recorded from a time on."""
    at_ms = milliseconds(now)
    if isinstance(start, datetime):
        at_ms = milliseconds(start)
        return Place(view_id=head.view_id, change=changed.before(session, at_ms), at_ms=at_ms)
    if start == "snapshot":
        return Place(view_id=head.view_id, change=0, at_ms=at_ms, snapshot_until=head.change)
    return Place(view_id=head.view_id, change=head.change, at_ms=at_ms)


def allowed(session: Session) -> Networks:
    """Networks that the registers of all areas name for webhooks."""
    return [network for register in registers(session, None) for network in networks(register.webhook_networks)]


def wanted(terms: Terms) -> Wanted:
    """What a subscriber wants, as it is asked for."""
    return Wanted(state=terms.state, priority=terms.priority, domain=terms.domain, kind=terms.kind, area=terms.area)


def _in_this_view(session: Session, head: ViewHead, place: Place) -> Place:
    if place.view_id == head.view_id:
        return place
    if place.snapshot_until:
        return Place(view_id=head.view_id, change=0, at_ms=place.at_ms, snapshot_until=head.change)
    return Place(view_id=head.view_id, change=changed.before(session, place.at_ms - OVERLAP_MS), at_ms=place.at_ms)
