"""A SensorThings server (18-088) that is asked again and again what is new in its datastreams.

Each look begins with the newest observation and ends an hour before the newest of the look before, so that late ones are
found too; after a start it reaches a day back. What the look before gave already is not taken again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, NoReturn
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
import msgspec

from talaia.waste.ingest.channels import Channel
from talaia.waste.ingest.deliveries import Send
from talaia.waste.ingest.intake import Intake
from talaia.waste.ingest.measurements import Item
from talaia.waste.ingest.observations import key_of, observed

AFTER_A_START = timedelta(days=1)
LATEST = timedelta(hours=1)
_TOP, _MOST_PAGES, _MOST_TOGETHER = 200, 100, 1_000
_LONGEST_BYTES = 4 * 1_024 * 1_024
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_AWAY = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_BROKEN = (aiohttp.ClientError, TimeoutError, OSError)


class NoAnswer(Exception):
    """The server answers, and not with observations of this datastream."""


class _Page(msgspec.Struct, frozen=True):
    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(default=None, name="@iot.nextLink")


class _Seen(NamedTuple):
    """What a look found in a datastream. newest: of its times; raw: its observations, by their hashes."""

    newest: datetime
    raw: frozenset[int] = frozenset()


class SensorThings:
    """One server. url: of its version, as https://sta.example.org/v1.1. headers: of each request. channels: by datastream.

    well: it answered the last look.
    """

    def __init__(self, url: str, headers: Mapping[str, str], channels: Mapping[str, Channel], intake: Intake, send: Send) -> None:
        self.well = False
        self._url = url.rstrip("/")
        self._headers = headers
        self._channels = channels
        self._intake = intake
        self._send = send
        self._seen: dict[str, _Seen] = {}

    async def watch(self, clock: Callable[[], datetime], every_s: float) -> NoReturn:
        """Look for ever."""
        while True:
            await self.look(clock)
            await asyncio.sleep(every_s)

    async def look(self, clock: Callable[[], datetime]) -> None:
        """Take in what is new. A server that is away is asked the next time; whatever else is wrong is counted."""
        self.well = True
        async with aiohttp.ClientSession(timeout=_TIMEOUT, headers=self._headers) as session:
            for datastream, channel in self._channels.items():
                try:
                    await self._take(session, datastream, channel, clock())
                except NoAnswer as why:
                    self._failed(datastream, str(why))
                except _AWAY as why:
                    what = str(why) or type(why).__name__
                    self._failed(datastream, f"{what}: the server is away, or its address in doors.toml is wrong")
                    return
                except _BROKEN as why:  # of this datastream alone, as far as is known
                    self._failed(datastream, f"{str(why) or type(why).__name__}: the server did not answer to the end")

    def _failed(self, datastream: str, why: str) -> None:
        self.well = False
        self._intake.tally.refused("sensorthings", f"datastream {datastream}", why)

    async def _take(self, session: aiohttp.ClientSession, datastream: str, channel: Channel, now: datetime) -> None:
        before = self._seen.get(datastream)
        since = now - AFTER_A_START if before is None else before.newest - LATEST
        newest, raw, items = since + LATEST if before else since, set(), list[Item]()
        async for each in self._observations(session, datastream):
            known = hash(bytes(each))
            if known in raw:
                continue  # what comes meanwhile moves the others on to the next page
            raw.add(known)
            try:
                item = observed(bytes(each), channel)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
                if before is None or known not in before.raw:
                    self._intake.tally.refused("schema", f"datastream {datastream}", str(why))
                continue
            if item.time < since:
                break
            newest = max(newest, min(item.time, now))
            if before is None or known not in before.raw:
                items.append(item)
        items.reverse()
        for first in range(0, len(items), _MOST_TOGETHER):
            some = items[first : first + _MOST_TOGETHER]
            await self._send(self._intake.take(some, f"datastream {datastream}", now))
        self._seen[datastream] = _Seen(newest, frozenset(raw))

    async def _observations(self, session: aiohttp.ClientSession, datastream: str) -> AsyncIterator[msgspec.Raw]:
        """The newest first. Raises NoAnswer, and what _AWAY and _BROKEN name."""
        key = quote(key_of(datastream), safe="'()")
        url = f"{self._url}/Datastreams({key})/Observations?$orderby=phenomenonTime%20desc&$top={_TOP}"
        for _ in range(_MOST_PAGES):
            page = _page(await _body(session, url))
            for each in page.value:
                yield each
            if page.next_link is None:
                return
            url = self._next(url, page.next_link)

    def _next(self, url: str, link: str) -> str:
        """Where the page after the one at `url` is."""
        try:
            after = urljoin(url, link)
            elsewhere = urlsplit(after)[:2] != urlsplit(self._url)[:2]
        except ValueError as why:
            raise NoAnswer(f"its next page has no address: {why}") from None
        if elsewhere:
            raise NoAnswer("its next page is at another server: that one is not asked")
        if after == url:
            raise NoAnswer("its next page is the same one again")
        return after


async def _body(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(url, allow_redirects=False) as answer:
        if answer.status != 200:
            raise NoAnswer(f"it answers {answer.status}: check url, user and the datastream's number")
        body = bytearray()
        async for part in answer.content.iter_chunked(65_536):
            body += part
            if len(body) > _LONGEST_BYTES:
                raise NoAnswer(f"its answer has more than {_LONGEST_BYTES} bytes")
        return bytes(body)


def _page(body: bytes) -> _Page:
    try:
        return msgspec.json.decode(body, type=_Page)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        raise NoAnswer(f"its answer is no list of observations: {why}") from None
