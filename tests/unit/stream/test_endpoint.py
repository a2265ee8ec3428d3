"""A worker's `/metrics` and `/healthz` answer whoever asks, whatever others do."""

import json
import socket
import urllib.error
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, Counter
from talaia.cli.kafka.node import free_port
from talaia.stream.lane.endpoint import serve
from talaia.stream.stopping import Stop


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize(("well", "code"), [(True, 200), (False, 503)])
def test_health_is_told_by_the_status_and_the_facts_by_the_body(well: bool, code: int) -> None:
    port = serve(free_port(), CollectorRegistry(), lambda: (well, {"recovering": {3: 0.41}}))
    status, body = get(port, "/healthz")
    assert (status, json.loads(body)) == (code, {"recovering": {"3": 0.41}})


def test_who_connects_and_says_nothing_keeps_nobody_from_an_answer() -> None:
    registry = CollectorRegistry()
    Counter("talaia_things", "Things", registry=registry).inc()
    port = serve(free_port(), registry, lambda: (True, {}))
    with socket.create_connection(("127.0.0.1", port)):
        status, body = get(port, "/metrics")
    assert status == 200
    assert "talaia_things_total 1.0" in body
    assert get(port, "/nothing")[0] == 404


def test_a_port_in_use_is_refused_with_the_name_of_the_setting() -> None:
    port = serve(free_port(), CollectorRegistry(), lambda: (True, {}))
    with pytest.raises(Stop, match=f"port {port} for metrics cannot be used .* set TALAIA_METRICS_PORT"):
        serve(port, CollectorRegistry(), lambda: (True, {}))
