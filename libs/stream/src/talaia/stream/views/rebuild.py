"""Builds a view anew from its topics, beside the one that is shown, and shows it in its place when it holds everything."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from aiokafka.errors import KafkaError

from talaia.stream.collector import no_collection
from talaia.stream.connection import knock, no_answer
from talaia.stream.settings import BusSettings
from talaia.stream.views.arrivals import Arrivals
from talaia.stream.views.origin import begun
from talaia.stream.views.share import Share
from talaia.stream.views.store import Overtaken, Rebuilding, Store
from talaia.stream.views.tables import ViewHead
from talaia.stream.views.taking import take
from talaia.stream.views.view import View

_BATCH_RECORDS = 20_000
_PATIENCE_S = 60.0


class Rebuilt(NamedTuple):
    """What was built. others: where rows of this view stand that another release made, and perhaps still shows."""

    events: int
    seconds: float
    others: list[str]


async def rebuild(view: View, database_url: str, settings: BusSettings, advance: Callable[[float], None]) -> Rebuilt:
    """Build and show. advance: hears which part is done, from 0 to 1.

    Raises BusUnavailable, Stop, Rebuilding, and SQLAlchemyError when the database is away; what was shown then stays.
    """
    started = time.monotonic()
    store = Store(view, database_url, beside=True)
    await knock(settings)
    with store.building():
        share = Share(settings, Arrivals(view.topics, settings).partitions.keys(), group=None)
        try:
            await share.start()
            head = await _fill(view, store, share, settings, advance)
        except (KafkaError, OSError, TimeoutError) as error:
            raise no_answer(settings, error) from None
        except Overtaken:
            raise Rebuilding(view.name) from None
        finally:
            await share.stop()
        await asyncio.to_thread(store.show, head)
    return Rebuilt(head.change, time.monotonic() - started, await asyncio.to_thread(store.others))


async def _fill(view: View, store: Store, share: Share, settings: BusSettings, advance: Callable[[float], None]) -> ViewHead:
    """Take everything that the topics hold now. Returns the view, which is whole."""
    arrivals = Arrivals(view.topics, settings)
    head = await asyncio.to_thread(store.open)
    places = await asyncio.to_thread(begun, view, store, settings)
    share.seek(await share.firsts())
    ends = await share.ends()
    moved_at = time.monotonic()
    while any(places[arrivals.places[partition]].next_offset < end for partition, end in ends.items()):
        with no_collection():
            records, reached = await share.fetch(_BATCH_RECORDS)
            moved = arrivals.moved(reached, places)
            if moved:
                await asyncio.to_thread(take, store, arrivals, head, places, records, moved)
        if moved:
            moved_at = time.monotonic()
            advance(sum(reached.values()) / max(sum(ends.values()), 1))
        elif time.monotonic() - moved_at > _PATIENCE_S:
            raise TimeoutError
    await asyncio.to_thread(store.complete, head)
    return head
