"""Sends for all subscriptions: a task for each, so that one that is dead or slow holds up no other."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError

from talaia.alerts.notify.webhooks.addresses import AddressRefused, Resolver
from talaia.alerts.notify.webhooks.deliver import Delivery, Feed
from talaia.alerts.notify.webhooks.kept import Overtaken, Subscriptions
from talaia.alerts.notify.webhooks.payload import milliseconds
from talaia.alerts.notify.webhooks.subscription import Condition

LOOK_S = 0.5
_log = logging.getLogger(__name__)


class Dispatch:
    """Looks at the subscriptions again and again, and has a task for each that is active. feed: asked once it is running."""

    def __init__(self, kept: Subscriptions, feed: Feed, clock: Callable[[], datetime]) -> None:
        self._kept = kept
        self._feed = feed
        self._clock = clock
        self._tasks: dict[tuple[str, int], asyncio.Task[None]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver as long as the context lasts."""
        resolver = Resolver()
        looking = asyncio.create_task(self._look_always(resolver))
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            await resolver.close()

    async def _look_always(self, resolver: Resolver) -> NoReturn:
        while True:
            try:
                await self._look(resolver)
            except SQLAlchemyError as error:
                _log.error("the database of subscriptions does not answer (%s)", type(error).__name__)
            await asyncio.sleep(LOOK_S)

    async def _look(self, resolver: Resolver) -> None:
        """End what nobody wants any more, and begin what is wanted."""
        rows = await asyncio.to_thread(self._kept.every)
        wanted = {(row.subscription_id, row.generation) for row in rows if row.condition == Condition.ACTIVE}
        for key, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[key]
            elif key not in wanted:
                task.cancel()
        running = {subscription_id for subscription_id, _ in self._tasks}
        for subscription_id, generation in wanted:
            if subscription_id not in running:
                self._tasks[subscription_id, generation] = asyncio.create_task(self._deliver(subscription_id, resolver))

    async def _deliver(self, subscription_id: str, resolver: Resolver) -> None:
        """Send for one until it ends; the next look begins it again if it is still wanted."""
        try:
            row = await asyncio.to_thread(self._kept.lease, subscription_id, milliseconds(self._clock()))
            if row is not None:
                await Delivery(row, self._kept, self._feed, resolver, self._clock).run()
        except Overtaken:
            pass
        except (SQLAlchemyError, AddressRefused) as error:
            _log.error("subscription %s cannot go on (%s)", subscription_id, type(error).__name__)
        except Exception:
            _log.exception("subscription %s cannot go on", subscription_id)
