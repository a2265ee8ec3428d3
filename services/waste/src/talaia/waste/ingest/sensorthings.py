"""A SensorThings server (18-088) that is asked again and again what is new in its datastreams.

Each look begins an hour before the newest observation of the looks before, so that late ones are found too; after a start
a day back. It goes on from there, the oldest first, over as many pages as one look may ask for: the next one begins where
it stopped. What was given already is not taken again; what lies in the future is refused, and taken when its time has come.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple, NoReturn
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
import msgspec

from talaia.waste.ingest.channels import Channel
from talaia.waste.ingest.deliveries import Send
from talaia.waste.ingest.intake import Intake
from talaia.waste.ingest.measurements import Item
from talaia.waste.ingest.observations import key_of, observed
from talaia.waste.model.policy import Policy

AFTER_A_START = timedelta(days=1)
LATEST = timedelta(hours=1)
_TOP, _MOST_PAGES, _MOST_TOGETHER = 200, 100, 1_000
_FUTURE = Policy().future_limit
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
    """What the looks found in a datastream. newest: of its times; stopped: where the last look had to stop, None: at the end.

    known: times of what was taken, by hashes; ahead, unreadable: what was refused, by hashes, as it lay in the future or could
    not be read.
    """

    newest: datetime
    stopped: datetime | None = None
    known: Mapping[int, datetime] = MappingProxyType({})
    ahead: frozenset[int] = frozenset()
    unreadable: frozenset[int] = frozenset()

    @property
    def since(self) -> datetime:
        """Where the next look begins."""
        return self.newest - LATEST if self.stopped is None else self.stopped


class _Look:
    """What one look finds, from a moment on. items: what is new; unreadable: why, of each new one."""

    def __init__(self, before: _Seen, channel: Channel, since: datetime, now: datetime) -> None:
        self.items: list[Item] = []
        self.unreadable: list[str] = []
        self._before, self._channel, self._since, self._now = before, channel, since, now
        self._known, self._ahead, self._reached = dict(before.known), set[int](), since
        self._bad = set[int]() if before.stopped is None else set(before.unreadable)

    def add(self, raw: bytes) -> None:
        """One observation; what comes meanwhile may move others on to the next page, where they stand again."""
        name = hash(raw)
        time = self._known.get(name)
        if time is None:
            try:
                item = observed(raw, self._channel)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
                if name not in self._before.unreadable and name not in self._bad:
                    self.unreadable.append(str(why))
                self._bad.add(name)
                return
            time = item.time
            if time < self._since:
                return
            if time > self._now + _FUTURE:
                if name not in self._before.ahead and name not in self._ahead:
                    self.items.append(item)  # to be refused
                self._ahead.add(name)
                return
            self._known[name] = time
            self.items.append(item)
        self._reached = max(self._reached, time)

    def seen(self, *, whole: bool) -> _Seen:
        """After the look. whole: it came to the end."""
        newest = max(self._before.newest, min(self._reached, self._now))
        known = {name: time for name, time in self._known.items() if time >= min(newest, self._reached) - LATEST}
        return _Seen(newest, None if whole else self._reached, known, frozenset(self._ahead), frozenset(self._bad))


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
        where, before = f"datastream {datastream}", self._seen.get(datastream)
        since = now - AFTER_A_START if before is None else before.since
        look, whole = _Look(before or _Seen(since), channel, since, now), False
        async for page in self._pages(session, datastream, since):
            for each in page.value:
                look.add(bytes(each))
            whole = page.next_link is None
        for why in look.unreadable:
            self._intake.tally.refused("schema", where, why)
        items = sorted(look.items, key=lambda item: item.time)
        for first in range(0, len(items), _MOST_TOGETHER):
            await self._send(self._intake.take(items[first : first + _MOST_TOGETHER], where, now))
        self._seen[datastream] = seen = look.seen(whole=whole)
        if seen.stopped is not None and seen.stopped <= since:
            raise NoAnswer(f"{_MOST_PAGES} pages lead no further than {since.isoformat()}: does it know $filter and $orderby?")
        if seen.stopped is not None:
            self._intake.tally.behind(where, f"{_MOST_PAGES} pages led to {seen.stopped.isoformat()}: the next look goes on")

    async def _pages(self, session: aiohttp.ClientSession, datastream: str, since: datetime) -> AsyncIterator[_Page]:
        """From a moment on, the oldest first. Raises NoAnswer, and what _AWAY and _BROKEN name."""
        key = quote(key_of(datastream), safe="'()")
        start = since.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
        asked = f"$filter=phenomenonTime%20ge%20{start}Z&$orderby=phenomenonTime%20asc&$top={_TOP}"
        url = f"{self._url}/Datastreams({key})/Observations?{asked}"
        for _ in range(_MOST_PAGES):
            page = _page(await _body(session, url))
            yield page
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
