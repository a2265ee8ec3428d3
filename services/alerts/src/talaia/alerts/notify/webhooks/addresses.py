"""Where a webhook may go: to public addresses by https, and into networks that the city's register names.

A name is judged by the addresses it stands for, at every connection: the socket is made for an address that was just
judged, so a name that changes its mind in between (DNS rebinding) leads nowhere.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]
LONGEST_URL = 2_000
# IANA's special-purpose registries, and what clouds answer their own machines on
_NOT_PUBLIC = [
    ip_network(written)
    for written in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
]
_PUBLIC_IPV6 = IPv6Network("2000::/3")
"""All that is given out; what lies outside is loopback, private, link-local, or wraps an IPv4 address."""


class AddressRefused(OSError):
    """A webhook may not go there; the message says why and what to do."""


def parsed(written: str) -> URL:
    """The address of a subscriber. Raises AddressRefused."""
    try:
        url = URL(written)
        port = url.port
    except (ValueError, UnicodeError):
        raise AddressRefused("the address cannot be read: write it as https://HOST/PATH") from None
    if len(written) > LONGEST_URL or not written.isprintable():
        raise AddressRefused(f"the address has more than {LONGEST_URL} characters, or one that cannot be printed: correct it")
    if url.scheme not in ("https", "http") or not url.raw_host or not port:
        raise AddressRefused("the address is none of http: write it as https://HOST/PATH")
    if url.user is not None or url.password is not None or url.raw_fragment:
        raise AddressRefused("the address holds a user, a password or a fragment: leave them out, deliveries are signed")
    return url


def judge(address: str, *, secure: bool, allowed: Networks) -> None:
    """Whether a connection may go to this IP address. secure: by https. Raises AddressRefused."""
    try:
        found = ip_address(address)
    except ValueError:
        raise AddressRefused("the host is a number in disguise: write an address in full, or a name") from None
    if any(found in network for network in allowed):
        return
    if not _is_public(found):
        raise AddressRefused(
            "the host is not at a public address: name one that is, or its network in alarms.toml (`webhook_networks`)"
        )
    if not secure:
        raise AddressRefused("the address is not encrypted: write https, or name its network in alarms.toml (`webhook_networks`)")


def look_up(url: URL, allowed: Networks) -> None:
    """Judge all that a host stands for now. Blocks. Raises AddressRefused."""
    assert url.raw_host is not None
    try:
        found = socket.getaddrinfo(url.raw_host, url.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused("the host has no address: correct its name, or have it entered in DNS") from None
    for *_, where in found:
        judge(str(where[0]), secure=url.scheme == "https", allowed=allowed)


def guarded(url: URL, allowed: Callable[[], Networks]) -> Callable[[Any], socket.socket]:
    """Makes the sockets of a connector that goes to `url`, each for an address that may be gone to. allowed: now."""

    def make(found: Any) -> socket.socket:
        family, kind, protocol, _, where = found
        judge(str(where[0]), secure=url.scheme == "https", allowed=allowed())
        return socket.socket(family=family, type=kind, proto=protocol)

    return make


def networks(written: Sequence[str]) -> Networks:
    """Networks as a register writes them. Raises ValueError."""
    return [ip_network(each) for each in written]


class Resolver(AbstractResolver):
    """Looks names up in threads of its own: a DNS that does not answer holds up no database."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="webhook-dns")

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """The addresses of a host. Raises OSError."""
        ask = asyncio.get_running_loop().run_in_executor
        found = await ask(self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM))
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=str(where[0]), port=port, family=kin, proto=protocol, flags=numeric)
            for kin, _, protocol, _, where in found
        ]

    async def close(self) -> None:
        """Nobody asks any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _PUBLIC_IPV6:
        return False
    return not any(address in network for network in _NOT_PUBLIC)
