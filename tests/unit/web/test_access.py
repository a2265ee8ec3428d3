import asyncio
import hashlib
import socket
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter
from pydantic import BaseModel
from support.web import StillView, application, client, keys_of_roles
from talaia.contracts.vocabulary import Role
from talaia.web.access import GuardedRoute, access, anyone, needs, require
from talaia.web.address import is_loopback, proxies
from talaia.web.app import create_app
from talaia.web.principal import Principal
from talaia.web.refused import Refused
from talaia.web.serve import listen, serve


class Who(BaseModel):
    name: str


def routes() -> APIRouter:
    router = APIRouter(route_class=GuardedRoute)
    for role in Role:

        @router.get(f"/{role}")
        async def ask(who: Annotated[Principal, require(role)]) -> Who:
            return Who(name=who.name)

    @router.get("/anyone", dependencies=[anyone()])
    async def open_to_all() -> Who:
        return Who(name="")

    return router


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key for each role; the key is the role's name."""
    lines = ["# keys", ""] + [f"{role}-1 {role} {hashlib.sha256(role.encode()).hexdigest()}" for role in Role]
    file = tmp_path / "keys"
    file.write_text("\n".join(lines))
    return file


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
async def test_a_key_opens_what_its_role_and_those_below_may(key_file: Path, role: Role, held: Role, header: str) -> None:
    order = list(Role)
    value = f"Bearer {held}" if header == "authorization" else str(held)
    async with client(application(routes(), key_file=key_file), [(header, value)]) as asking:
        answer = await asking.get(f"/{role}")
    if order.index(held) >= order.index(role):
        assert (answer.status_code, answer.json()) == (200, {"name": f"{held}-1"})
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("authorization", "Bearer")],
        [("authorization", "Bearer nobody")],
        [("authorization", "Basic")],
        [("authorization", "Basic viewer")],
        [("authorization", "Basic dmlld2Vy")],  # viewer, without a password
        [("authorization", "Basic dmlld2VyOm5vYm9keQ==")],  # viewer:nobody
        [("authorization", "Digest dmlld2VyOnZpZXdlcg==")],
        [("authorization", hashlib.sha256(b"viewer").hexdigest())],
        [("x-api-key", "")],
        [("x-api-key", "VIEWER")],
        [("x-api-key", "viewer"), ("authorization", "Bearer nobody")],
        [("x-api-key", "nobody"), ("authorization", "Bearer viewer")],
        [("x-api-key", "viewer"), ("authorization", "Bearer engineer")],
    ],
)
async def test_without_a_known_key_only_open_routes_answer(key_file: Path, headers: list[tuple[str, str]]) -> None:
    async with client(application(routes(), key_file=key_file), headers) as asking:
        refused = await asking.get("/viewer")
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
        assert "Bearer" in refused.headers["www-authenticate"]
        assert (await asking.get("/anyone")).status_code == 200
        assert (await asking.get("/healthz")).status_code == 200
        assert (await asking.get("/metrics")).status_code == 401


async def test_a_browser_sends_the_key_as_the_password_it_asked_for(key_file: Path) -> None:
    async with client(application(routes(), key_file=key_file)) as asking:
        answer = await asking.get("/operator", auth=("whatever name", "operator"))
        assert (answer.status_code, answer.json()) == (200, {"name": "operator-1"})
        assert "Basic" in (await asking.get("/operator")).headers["www-authenticate"]


async def test_without_a_key_file_every_answer_says_that_it_is_open(key_file: Path) -> None:
    async with client(application(routes())) as asking:
        for path in ("/engineer", "/healthz", "/nothing"):
            assert (await asking.get(path)).headers["talaia-open"] == "loopback"
    async with client(application(routes(), key_file=key_file)) as asking:
        assert "talaia-open" not in (await asking.get("/healthz")).headers


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "city.example", "127.0.0.1.evil.example"])
def test_without_a_key_file_nothing_but_loopback_is_served(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(Refused, match="key file"):
        access(host, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_is_open_without_a_key_file(host: str) -> None:
    assert access(host, None).is_open


@pytest.mark.parametrize(
    "line", ["only-a-name", "a viewer abc", "a king " + "0" * 64, "a viewer " + "0" * 64 + " more", "A! viewer " + "0" * 64]
)
def test_a_wrong_line_of_the_key_file_is_named_without_its_content(tmp_path: Path, line: str) -> None:
    file = tmp_path / "keys"
    file.write_text("\n" + line)
    with pytest.raises(Refused, match=r"keys:2 is not") as refused:
        access("127.0.0.1", file)
    assert line not in str(refused.value)


def test_the_digest_of_no_key_at_all_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"desk engineer {hashlib.sha256(b'').hexdigest()}")
    with pytest.raises(Refused, match="empty key"):
        access("0.0.0.0", file)


def test_a_key_file_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        access("0.0.0.0", tmp_path / "none")


def test_an_application_with_a_route_that_names_no_role_does_not_start() -> None:
    router = APIRouter(route_class=GuardedRoute)

    @router.get("/forgotten")
    async def forgotten() -> Who:
        return Who(name="")

    with pytest.raises(Refused, match="GET /forgotten names no role"):
        create_app(title="t", version="1", access=access("127.0.0.1", None), shown=StillView(), routers=[router])


def test_an_application_with_a_route_that_reads_before_it_asks_who_comes_does_not_start() -> None:
    router = APIRouter()

    @router.get("/careless", dependencies=[require(Role.VIEWER)])
    async def careless() -> Who:
        return Who(name="")

    with pytest.raises(Refused, match="GET /careless reads before it asks who comes"):
        application(router)


async def test_the_document_says_the_role_of_every_route_and_asks_for_a_key(key_file: Path) -> None:
    app = application(routes(), key_file=key_file)
    async with client(app) as asking:
        document = (await asking.get("/openapi.json")).json()
    found = needs(app)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            role = found[method.upper(), path].role
            assert operation["x-talaia-role"] == ("anyone" if role is None else role)
            assert ("security" in operation) == (role is not None)


@pytest.mark.parametrize(
    ("host", "status"), [("localhost:8001", 200), ("127.0.0.1", 200), ("[::1]:8001", 200), ("evil.example", 421), ("", 421)]
)
async def test_an_open_application_answers_only_by_its_own_names(host: str, status: int) -> None:
    async with client(application(routes()), [("host", host)]) as asking:
        assert (await asking.get("/viewer")).status_code == status


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"])
async def test_an_open_application_is_for_nobody_to_whom_a_proxy_passes_it_on(header: str, tmp_path: Path) -> None:
    async with client(application(routes()), [(header, "198.51.100.1")]) as asking:
        answer = await asking.get("/viewer")
    assert (answer.status_code, answer.json()["code"]) == (403, "behind_proxy")
    assert "set a key file or a login" in answer.json()["detail"]
    async with client(application(routes(), key_file=keys_of_roles(tmp_path)), [(header, "198.51.100.1")]) as asking:
        assert (await asking.get("/viewer", headers={"x-api-key": "viewer"})).status_code == 200


@pytest.mark.parametrize("said", ["", " ", "10.0.0.7", "10.0.0.0/24, 2001:db8::7,"])
def test_proxies_are_named_by_address_or_network(said: str) -> None:
    assert proxies(said) == [word for word in ("10.0.0.7", "10.0.0.0/24", "2001:db8::7") if word in said]


@pytest.mark.parametrize("said", ["*", "0.0.0.0/0", "::/0", "10.0.0.7,*", "ingress", "10.0.0.7/24", "10.0.0"])
def test_no_proxy_is_everybody_or_something_else_than_an_address(said: str) -> None:
    with pytest.raises(Refused, match="FORWARDED_ALLOW_IPS names"):
        proxies(said)


@pytest.mark.parametrize(("origin", "status"), [("http://127.0.0.1:8001", 405), ("http://evil.example", 403), ("null", 403)])
async def test_a_page_of_another_origin_may_not_write(origin: str, status: int) -> None:
    async with client(application(routes()), [("origin", origin)]) as asking:
        assert (await asking.post("/viewer")).status_code == status
        assert (await asking.get("/viewer")).status_code == 200


def test_a_port_that_is_taken_is_said_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Refused, match="choose another port"):
            serve(application(routes()), "127.0.0.1", taken.getsockname()[1], stopping=lambda: None)


async def test_an_answer_is_sent_at_once_and_does_not_wait_for_the_asker_to_acknowledge_its_first_half() -> None:
    at_once: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at_once.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listener = listen("127.0.0.1", 0)
    async with await asyncio.start_server(connected, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        assert await at_once
        writer.close()
