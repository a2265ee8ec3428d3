"""One delivery over HTTP: signed as Standard Webhooks says, to an address that may be gone to, within ten seconds."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

import aiohttp
from standardwebhooks import Webhook

from talaia.alerts.notify.webhooks.addresses import AddressRefused, Networks, Resolver, guarded, parsed
from talaia.alerts.notify.webhooks.payload import Payload
from talaia.alerts.notify.webhooks.subscription import Terms

TIMEOUT_S = 10.0
_ANSWER_BYTES = 4_096
"""So much of an answer is read, for the connection to be used again; what it says is of no interest."""


class Outcome(NamedTuple):
    """What became of a delivery. error: for people, empty when it was taken; gone: the receiver wants nothing any more."""

    error: str
    gone: bool = False


class Post:
    """Delivers to one subscriber, one after the other."""

    def __init__(self, session: aiohttp.ClientSession, terms: Terms) -> None:
        self._session = session
        self._url = parsed(terms.url)
        self._key = Webhook(terms.secret)

    async def __call__(self, payload: Payload, now: datetime) -> Outcome:
        """Deliver once. now: UTC; the receiver refuses what was signed long ago."""
        headers = {
            "content-type": payload.media_type,
            "webhook-id": payload.webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._key.sign(payload.webhook_id, now, payload.body),
        }
        try:
            async with self._session.post(
                self._url, data=payload.body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                with suppress(aiohttp.ClientError, TimeoutError):
                    await answer.content.read(_ANSWER_BYTES)
                return _outcome(answer.status)
        except TimeoutError:
            return Outcome(f"it did not answer within {TIMEOUT_S:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Outcome(_reason(error))


@asynccontextmanager
async def posting(terms: Terms, allowed: Callable[[], Networks], resolver: Resolver) -> AsyncIterator[Post]:
    """A way to one subscriber: one connection, no proxy, no cookies, nothing unpacked. Raises AddressRefused."""
    connector = aiohttp.TCPConnector(
        limit=1, use_dns_cache=False, resolver=resolver, socket_factory=guarded(parsed(terms.url), allowed)
    )
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"user-agent": "Talaia"},
    ) as session:
        yield Post(session, terms)


def _outcome(status: int) -> Outcome:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome("")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Outcome(f"it answered {status}, and redirects are not followed: subscribe with the address itself")
    return Outcome(f"it answered {status}", gone=status == HTTPStatus.GONE)


def _reason(error: BaseException) -> str:
    """Why a connection came to nothing, without the address, whose path or query may be secret."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, AddressRefused):
            return str(found)
        found = found.__cause__ or getattr(found, "os_error", None)
    return f"it cannot be reached ({type(error).__name__})"
