"""What the benchmark of a rebuild puts on the topics of the waste view, and what of it is counted."""

import asyncio
from collections.abc import Iterator

from sqlmodel import Session, func, select
from support.waste_events import configured, forecasted, read
from talaia.stream import topics
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.waste.view.project import VIEW
from talaia.waste.view.score_tables import IssuedRow
from talaia.waste.view.tables import ReadingRow

SITES = 50
READINGS = 200_000
EVENTS = 1 + READINGS + READINGS // SITES
_TOGETHER = 20_000


def fill(settings: BusSettings) -> None:
    """Topics with a configured catchment, a level of each site every minute, and forecasts."""
    topics.apply(settings, VIEW.topics)
    asyncio.run(_send(settings))


def rows(session: Session) -> int:
    """Readings and issued forecasts: the tables that grow."""
    return sum(session.exec(select(func.count()).select_from(model)).one() for model in (ReadingRow, IssuedRow))


async def _send(settings: BusSettings) -> None:
    async with Producer(settings) as producer:
        await producer.send([configured(*(f"T{number}" for number in range(SITES)))])
        for first in range(0, READINGS, _TOGETHER):
            await producer.send(list(_hours(range(first, min(READINGS, first + _TOGETHER)))))


def _hours(numbers: range) -> Iterator[Message]:
    for number in numbers:
        yield read(number, site=f"T{number % SITES}", at=number // SITES)
        if number % SITES == 0:
            yield forecasted(number // SITES, site=f"T{number // SITES % SITES}")
