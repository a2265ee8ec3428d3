"""A webhook goes to public addresses by https, and nowhere else unless the city's register names the network."""

import asyncio
import socket
from ipaddress import ip_address

import pytest
from aiohttp.abc import ResolveResult
from hypothesis import given
from hypothesis import strategies as st
from support.receiver import Receiver
from talaia.alerts.notify.webhooks.addresses import AddressRefused, Resolver, judge, look_up, networks, parsed
from talaia.alerts.notify.webhooks.payload import Payload
from talaia.alerts.notify.webhooks.post import posting
from talaia.alerts.notify.webhooks.subscription import Format, Terms, new_secret
from talaia.stream.clock import wall_now

LOOPBACK = networks(["127.0.0.0/8"])
HOSTILE = [
    # loopback, in every way in which it is written
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "127.255.255.254"),
    *("localhost", "localhost.", "LOCALHOST", "0", "0.0.0.0", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]"),
    # IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, Teredo
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]"),
    *("[2002:7f00:1::]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]"),
    # private, shared, link-local, metadata of clouds
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "0xc0a80101", "100.64.0.1", "100.100.100.200"),
    *("169.254.169.254", "0xa9fea9fe", "2852039166", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "168.63.129.16"),
    *("[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd12:3456::1]", "[fec0::1]"),
    # documentation, benchmarks, multicast, broadcast, reserved
    *("192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
    *("255.255.255.255", "[ff02::1]", "[2001:db8::1]", "[100::1]"),
]
UNREADABLE = [
    *("", "https://", "https:///x", "//example.org/", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/"),
    *("https://user:word@example.org/", "https://user@example.org/", "https://example.org/#part", "https://example.org:99999/"),
    *("https://example.org:port/", "https://[::1/", "https://example.org/\r\nx-header: 1", "javascript:alert(1)"),
    *("https://example.org:0/", "https://" + "a" * 3_000 + ".example/"),
]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", HOSTILE)
def test_a_hostile_host_is_refused(host: str, scheme: str) -> None:
    with pytest.raises(AddressRefused):
        look_up(parsed(f"{scheme}://{host}/hook"), ())


@pytest.mark.parametrize("written", UNREADABLE)
def test_what_is_no_plain_http_address_is_refused(written: str) -> None:
    with pytest.raises(AddressRefused):
        parsed(written)


@given(st.ip_addresses())
def test_no_address_that_python_calls_private_is_gone_to(address: object) -> None:
    found = ip_address(str(address))
    if not found.is_global or found.is_multicast:
        with pytest.raises(AddressRefused):
            judge(str(address), secure=True, allowed=())


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111"])
def test_a_public_address_is_gone_to_by_https_alone(address: str) -> None:
    judge(address, secure=True, allowed=())
    with pytest.raises(AddressRefused, match="not encrypted"):
        judge(address, secure=False, allowed=())


def test_a_network_that_the_register_names_is_gone_to() -> None:
    look_up(parsed("http://127.0.0.1:8080/hook"), LOOPBACK)


class _Turned(Resolver):
    """A name that was public when it was asked for, and is loopback now."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        return await super().resolve("127.0.0.1", port, family)


@pytest.mark.parametrize("host", ["public.example", "127.0.0.1", "2130706433", "localhost"])
def test_the_address_is_judged_again_when_it_is_connected_to(host: str) -> None:
    receiver = Receiver().start()
    terms = Terms(
        url=f"http://{host}:{receiver.port}/",
        secret=new_secret(),
        format=Format.CLOUDEVENTS,
        created_by="engineer",
        created_at=wall_now(),
    )

    async def delivered() -> str:
        resolver = _Turned()
        async with posting(terms, lambda: (), resolver) as post:
            outcome = await post(Payload("id", "application/json", "{}"), wall_now())
        await resolver.close()
        return outcome.error

    assert asyncio.run(delivered()) != ""
    assert receiver.requests == []
    receiver.stop()
