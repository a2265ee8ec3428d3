"""How much may come with a request: by its own word, and counted while it comes."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

_LONGEST_LENGTH = 20
"""Digits of a length that is read at all."""


def refuse_long(headers: Headers, limit_bytes: int) -> None:
    """Refuse a request that says that it brings more. Raises HTTPException 413."""
    length = headers.get("content-length", "")
    if length.isdecimal() and (len(length) > _LONGEST_LENGTH or int(length) > limit_bytes):
        raise _too_large(limit_bytes)


class Counted:
    """What comes with a request. Raises HTTPException 413 when more is read, which FastAPI lets through."""

    def __init__(self, receive: Receive, limit_bytes: int) -> None:
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._taken_bytes = 0

    async def __call__(self) -> Message:
        """The next piece."""
        message = await self._receive()
        self._taken_bytes += len(message.get("body", b""))
        if self._taken_bytes > self._limit_bytes:
            raise _too_large(self._limit_bytes)
        return message


def _too_large(limit_bytes: int) -> HTTPException:
    return HTTPException(413, f"The body may have {limit_bytes} bytes: send it in parts.")
