"""What may come with a request: how much, by its own word and counted while it comes, and how long that may take."""

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from talaia.web.form import LONGEST_FORM_BYTES, is_form

_LONGEST_LENGTH = 20
"""Digits of a length that is read at all."""


def refuse_long(headers: Headers, limit_bytes: int) -> None:
    """Refuse a request that says that it brings more. Raises HTTPException 413."""
    length = headers.get("content-length", "")
    most_bytes = _most_bytes(headers, limit_bytes)
    if length.isdecimal() and (len(length) > _LONGEST_LENGTH or int(length) > most_bytes):
        raise _too_large(most_bytes)


class Body:
    """What comes with a request. is_refused: it was too much, or took longer than `within_s`. has_left: its sender.

    Raises HTTPException 408, 413, which FastAPI lets through.
    """

    def __init__(self, receive: Receive, headers: Headers, limit_bytes: int, within_s: float) -> None:
        self._receive = receive
        self._limit_bytes = _most_bytes(headers, limit_bytes)
        self._within_s = within_s
        self._ends_at_s = asyncio.get_running_loop().time() + within_s
        self._is_whole = False
        self._taken_bytes = 0
        self.is_refused = False
        self.has_left = False

    async def __call__(self) -> Message:
        """The next piece; after the last one, the end of the connection."""
        try:
            async with asyncio.timeout_at(None if self._is_whole else self._ends_at_s):
                message = await self._receive()
        except TimeoutError:
            self.is_refused = True
            detail = f"The body must come within {self._within_s:g} s: send it in parts."
            raise HTTPException(408, detail, {"Connection": "close"}) from None
        self.has_left = message["type"] == "http.disconnect"
        self._is_whole = not message.get("more_body", False)
        self._taken_bytes += len(message.get("body", b""))
        if self._taken_bytes > self._limit_bytes:
            self.is_refused = True
            raise _too_large(self._limit_bytes)
        return message


def _most_bytes(headers: Headers, limit_bytes: int) -> int:
    return min(LONGEST_FORM_BYTES, limit_bytes) if is_form(headers) else limit_bytes


def _too_large(limit_bytes: int) -> HTTPException:
    return HTTPException(413, f"The body may have {limit_bytes} bytes: send it in parts.")
