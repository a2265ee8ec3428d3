"""Asking a process over HTTP, as often as a test looks."""

import ssl
from typing import Any

import httpx

_TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Made once: a call without it reads all certificates of the machine first, which takes 20 ms of a core at every look."""


def ask(method: str, address: str, *, timeout: float = 30, **more: Any) -> httpx.Response:
    """The answer of a process that speaks plain HTTP. Raises httpx.HTTPError when there is none."""
    return httpx.request(method, address, timeout=timeout, verify=_TRUSTS_NOBODY, **more)


def answers(address: str) -> bool:
    """Whether it is answered with 200; no answer is no."""
    try:
        return ask("GET", address).status_code == 200
    except httpx.HTTPError:
        return False
