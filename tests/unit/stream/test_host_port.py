"""Places on a network, as settings name them."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as some
from talaia.stream.host_port import HostPort, host_port
from talaia.waste.settings import WasteSettings

ADDRESSES = some.ip_addresses().map(str) | some.sampled_from(["localhost", "waste_broker", "other-1.city"])


@given(ADDRESSES, some.integers(1, 65_535))
def test_what_is_written_is_read_back(host: str, port: int) -> None:
    assert host_port(str(HostPort(host, port))) == (host, port)


@given(some.text(max_size=20) | some.from_regex(r"\[?[0-9a-f:.]*\]?:[0-9]*", fullmatch=True))
def test_what_is_read_is_a_host_and_a_port_and_anything_else_is_refused(written: str) -> None:
    try:
        place = host_port(written)
    except ValueError:
        return
    assert 0 < place.port < 65_536
    assert place.host
    assert ":" not in place.host or ipaddress.IPv6Address(place.host)


@pytest.mark.parametrize(
    ("listen", "place"),
    [
        ("127.0.0.1:8001", ("127.0.0.1", 8001)),
        ("0.0.0.0:8080", ("0.0.0.0", 8080)),
        ("[::1]:8001", ("::1", 8001)),
        ("[::]:80", ("::", 80)),
        ("localhost:8001", ("localhost", 8001)),
    ],
)
def test_an_api_is_told_where_to_listen_in_one_setting(listen: str, place: tuple[str, int]) -> None:
    assert WasteSettings(listen=listen).address == place
