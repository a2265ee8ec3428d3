"""Addresses: which of them only this machine reaches, which nobody on the way can change, where a request comes from.

Where it comes from is the other end of the connection, unless that is a proxy which the operator named: of such a one
uvicorn believes `X-Forwarded-For`, from its end back to the first address that is no proxy.
"""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import Request

from talaia.web.refused import Refused

PROXIES = "FORWARDED_ALLOW_IPS"
"""The variable that names proxies, as uvicorn, gunicorn and others know it; without it nobody is believed."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_safe(url: str) -> bool:
    """Whether nobody on the way can change what it answers: https, or http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return (parts.scheme == "https" and host != "") or (parts.scheme == "http" and is_loopback(host))


def proxies(said: str) -> list[str]:
    """The addresses and networks that stand in `said`, with commas between. Raises Refused for what believes everybody."""
    named = [word.strip() for word in said.split(",") if word.strip()]
    for word in named:
        try:
            network = ipaddress.ip_network("0.0.0.0/0" if word == "*" else word)
        except ValueError:
            cure = "write 10.0.0.7, or 10.0.0.0/24"
            raise Refused(f"{PROXIES} names {word!r}, which is no address and no network: {cure}.") from None
        if network.prefixlen == 0:
            raise Refused(f"{PROXIES} names {word}, by which whoever asks is believed: name your proxies alone.")
    return named


def sender(request: Request) -> str:
    """Where a request comes from; of IPv6 the network, because everybody has many addresses in theirs."""
    return network(request.client.host if request.client is not None else "")


def network(host: str) -> str:
    """Whoever has this address has all of this."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


def is_among(host: str, named: Sequence[str]) -> bool:
    """Whether an address is one of these addresses and networks."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(each) for each in named)
