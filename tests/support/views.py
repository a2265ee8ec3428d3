"""Views in tests: filled without a broker, kept up with one, compared row by row."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import Session
from support.processes import wait_for
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.stream.views.projection import Projection
from talaia.stream.views.store import Store, Taken
from talaia.stream.views.tables import ViewPlace
from talaia.stream.views.view import Arrival, View, position


def fill(view: View, url: str, messages: Sequence[Message]) -> None:
    """Take messages into the view as if they came from topics, in this order."""
    store = Store(view, url)
    head = store.open()
    store.begin(
        [ViewPlace(topic=topic.name, partition=n, topic_id="t") for topic in view.topics for n in range(topic.partitions)]
    )
    places = store.places()
    for message in messages:
        place = places[message.topic.name, partition_of(message.key.encode(), message.topic.partitions)]
        arrival = Arrival(message.topic, message.key, message.event, position(message.event, place.next_offset), 1)
        taken = Taken(place.topic, place.partition, place.next_offset + 1, message.event.recordedtime, 1, 0)
        store.take(head, places, [taken], [arrival])
    store.complete(head)
    store.engine.dispose()


async def send(bus: BusSettings, messages: Iterable[Message]) -> None:
    """Onto the bus."""
    async with Producer(bus) as producer:
        await producer.send(list(messages))


async def until(condition: Callable[[], bool], what: str) -> None:
    """Look until it is so, while the event loop goes on."""
    await asyncio.to_thread(wait_for, condition, what)


async def caught_up(view: Projection) -> None:
    """Until it shows all that its topics hold."""
    await until(lambda: view.age().lag_events == 0, "the view to catch up")
    while await view.unready():  # noqa: ASYNC110
        await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def running(view: Projection) -> AsyncIterator[None]:
    """Runs a projection, and lets it come up to the end of its topics first."""
    async with view.running():
        await caught_up(view)
        yield


OF_THIS_BUILD = {"alarms.change", "alarm_changes.change", "sources.position"}
"""Columns that number a view's own changes."""
Rows = dict[str, list[tuple[Any, ...]]]


def rows(view: View, session: Session) -> Rows:
    """All rows of a view by table, without what another build of it would number otherwise."""
    found: Rows = {}
    for model in view.tables:
        table = model.__table__  # type: ignore[attr-defined]
        columns = [column for column in table.columns if f"{table.name}.{column.name}" not in OF_THIS_BUILD]
        found[table.name] = sorted((tuple(row) for row in session.execute(select(*columns))), key=repr)
    return found


async def built_from_empty(view: View, url: str, bus: BusSettings) -> Rows:
    """The rows of a view that was never disturbed."""
    undisturbed = Projection(view, url, bus)
    async with running(undisturbed):
        with undisturbed.session() as session:
            return rows(view, session)
