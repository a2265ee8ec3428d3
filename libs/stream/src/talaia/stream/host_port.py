"""`host:port`, as settings name a place on a network; an address of IPv6 stands in brackets."""

import ipaddress
import re
from typing import NamedTuple

_WRITTEN = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")


class HostPort(NamedTuple):
    """A place on a network. host: a name or an address, without brackets."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def host_port(written: str) -> HostPort:
    """What is written as `host:port`. Raises ValueError."""
    found = _WRITTEN.fullmatch(written)
    if found is None or not 0 < int(found[2]) < 65_536:
        raise ValueError("write it as host:port")
    host = found[1].strip("[]")
    if found[1] != host:
        ipaddress.IPv6Address(host)
    return HostPort(host, int(found[2]))
