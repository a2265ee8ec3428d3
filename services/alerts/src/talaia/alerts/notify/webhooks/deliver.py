"""One subscriber is told one change after the other; what is not taken is sent again, and nothing overtakes it."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy.exc import SQLAlchemyError

from talaia.alerts.notify.webhooks.addresses import Networks, Resolver
from talaia.alerts.notify.webhooks.kept import Overtaken, Subscriptions
from talaia.alerts.notify.webhooks.payload import Change, milliseconds, payload
from talaia.alerts.notify.webhooks.post import Outcome, Post, posting
from talaia.alerts.notify.webhooks.subscription import Condition, Place, SubscriptionRow, Terms, Why

AT_ONCE = 20
"""Changes of a subscriber in memory."""
KEPT_EACH_MS = 200
"""A process that is killed sends again what it delivered since: at most so much, under the same ids."""
RENEWED_EACH_S = 5.0
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 1_000, 3_600_000
GIVEN_UP_AFTER = timedelta(days=3)


class Page(NamedTuple):
    """Some changes after `start`, in order; `end`: after all of them. start: the place asked for, as this view numbers it."""

    start: Place
    changes: Sequence[Change]
    end: Place


class Feed(Protocol):
    """Where changes come from."""

    def page(self, place: Place, terms: Terms, limit: int) -> Page:
        """Those that a subscriber wants after a place. Blocks. Raises SQLAlchemyError."""
        ...

    def networks(self) -> Networks:
        """Networks that webhooks may go into besides public addresses. Blocks. Raises SQLAlchemyError."""
        ...

    def seen(self) -> int:
        """Number of the view's last change."""
        ...

    async def wait(self, after: int, longest_s: float) -> None:
        """Until the view changed after that, or time is up."""
        ...


class Delivery:
    """Sends for one subscription as long as this process may."""

    def __init__(
        self, row: SubscriptionRow, kept: Subscriptions, feed: Feed, resolver: Resolver, clock: Callable[[], datetime]
    ) -> None:
        self._row = row
        self._terms = row.terms
        self._kept = kept
        self._feed = feed
        self._resolver = resolver
        self._clock = clock
        self._kept_ms = self._now_ms()
        self._networks: Networks = ()

    async def run(self) -> None:
        """Deliver until it is paused. Raises Overtaken, and SQLAlchemyError while the database is away."""
        try:
            async with posting(self._terms, lambda: self._networks, self._resolver) as post:
                while self._row.condition == Condition.ACTIVE:
                    await self._go_on(post)
                    await self._keep()
        finally:
            with suppress(Overtaken, SQLAlchemyError):
                await asyncio.to_thread(self._kept.release, self._row)

    async def _go_on(self, post: Post) -> None:
        """What can be done until the lease is to be renewed."""
        left_s = (self._row.next_try_ms - self._now_ms()) / 1000
        if left_s > 0:
            await asyncio.sleep(min(left_s, RENEWED_EACH_S))
            return
        seen = self._feed.seen()
        page = await asyncio.to_thread(self._feed.page, self._row.place, self._terms, AT_ONCE)
        if not page.changes:
            self._row.stand(page.end)
            await self._feed.wait(seen, RENEWED_EACH_S)
            return
        self._networks = await asyncio.to_thread(self._feed.networks)
        for change in page.changes:
            if not await self._taken(post, change):
                return
            place = Place(
                view_id=page.start.view_id, change=change.number, at_ms=change.at_ms, snapshot_until=page.start.snapshot_until
            )
            self._row.stand(place)
            if self._now_ms() - self._kept_ms >= KEPT_EACH_MS:
                await self._keep()
        self._row.stand(page.end)

    async def _taken(self, post: Post, change: Change) -> bool:
        """Whether the subscriber took it."""
        row = self._row
        outcome = await post(payload(change, row.subscription_id, self._terms.format), self._clock())
        if outcome.error:
            self._failed(outcome)
            return False
        row.delivered += 1
        row.delivered_ms = self._now_ms()
        row.failures = row.failing_since_ms = row.next_try_ms = 0
        row.error = ""
        return True

    def _failed(self, outcome: Outcome) -> None:
        row, now_ms = self._row, self._now_ms()
        row.failing_since_ms = row.failing_since_ms or now_ms
        row.error = outcome.error
        row.next_try_ms = now_ms + pause_ms(row.failures, random.random())  # noqa: S311  (nothing secret)
        row.failures += 1
        if outcome.gone:
            row.condition, row.why = Condition.PAUSED, Why.GONE
        elif now_ms - row.failing_since_ms >= GIVEN_UP_AFTER / timedelta(milliseconds=1):
            row.condition, row.why = Condition.PAUSED, Why.FAILED

    async def _keep(self) -> None:
        now_ms = self._now_ms()
        await asyncio.to_thread(self._kept.keep, self._row, now_ms)
        self._kept_ms = now_ms

    def _now_ms(self) -> int:
        return milliseconds(self._clock())


def pause_ms(failures: int, chance: float) -> int:
    """How long to wait after that many failures in a row and one more: doubled each time, up to an hour, and spread.

    chance: 0 to 1; the pause is half of the whole at 0. Many subscribers at one host do not come back at once.
    """
    whole_ms = min(FIRST_PAUSE_MS << min(failures, 20), LONGEST_PAUSE_MS)
    return int(whole_ms * (0.5 + chance / 2))
