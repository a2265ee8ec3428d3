"""Tokens and sessions of a real OpenID provider: who comes in, and who does not."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pydantic import BaseModel
from support.login import LoginProvider, provider
from support.login_provider import CLIENT_SECRET
from support.web import application, client, keys_of_roles
from talaia.contracts.vocabulary import Role
from talaia.web.access import GuardedRoute, require
from talaia.web.oidc import read_oidc
from talaia.web.principal import Principal, Scope
from talaia.web.problem import Problem
from talaia.web.provider import FRESH_S, KEPT_S, LEEWAY_S, Provider

__all__ = ["provider"]
NOW_S = int(time.time())  # noqa: TID251


class Who(BaseModel):
    name: str
    role: Role
    csrf: str


router = APIRouter(route_class=GuardedRoute)


@router.get("/me")
async def me(who: Annotated[Principal, require(Role.VIEWER)]) -> Who:
    return Who(name=who.name, role=who.role, csrf=who.csrf)


@router.get("/operator")
async def operator(who: Annotated[Principal, require(Role.OPERATOR)]) -> Who:
    return Who(name=who.name, role=who.role, csrf=who.csrf)


@router.post("/act")
async def act(who: Annotated[Principal, require(Role.OPERATOR, Scope.ACT)]) -> Who:
    return Who(name=who.name, role=who.role, csrf=who.csrf)


@pytest.fixture
def app(provider: LoginProvider, tmp_path: Path) -> FastAPI:
    return application(router, key_file=keys_of_roles(tmp_path), oidc_file=provider.oidc_file(tmp_path))


@pytest.fixture
async def asking(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app) as asking:
        yield asking


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


# ---- tokens


@pytest.mark.parametrize("role", Role)
async def test_a_token_of_the_provider_opens_what_its_role_may(
    asking: httpx.AsyncClient, provider: LoginProvider, role: Role
) -> None:
    headers = bearer(provider.token(role))
    assert (await asking.get("/me", headers=headers)).json() == {"name": f"oidc:{role}-1", "role": role, "csrf": ""}
    assert (await asking.get("/operator", headers=headers)).status_code == (403 if role is Role.VIEWER else 200)
    assert (await asking.post("/act", headers=headers)).status_code == (403 if role is Role.VIEWER else 200)


async def test_of_several_roles_the_highest_counts(asking: httpx.AsyncClient, provider: LoginProvider) -> None:
    token = provider.token(realm_access={"roles": ["viewer", "supervisor", "king", 7, None]})
    assert (await asking.get("/me", headers=bearer(token))).json()["role"] == "supervisor"


@pytest.mark.parametrize("held", [None, {}, {"roles": []}, {"roles": ["king"]}, {"roles": {"viewer": 1}}, "viewer", ["viewer"]])
async def test_who_is_known_but_has_no_role_does_not_come_in(
    asking: httpx.AsyncClient, provider: LoginProvider, held: object
) -> None:
    answer = await asking.get("/me", headers=bearer(provider.token(realm_access=held)))
    assert (answer.status_code, answer.json()["code"]) == (403, "no_role")


@pytest.mark.parametrize("sub", ["", "x" * 151, "a\nb", "\x00"])
async def test_a_name_that_no_journal_can_hold_does_not_come_in(
    asking: httpx.AsyncClient, provider: LoginProvider, sub: str
) -> None:
    answer = await asking.get("/me", headers=bearer(provider.token(Role.VIEWER, sub=sub)))
    assert answer.status_code in (401, 403)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://127.0.0.1:1"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another", "account"]},
        {"aud": None},
        {"aud": "talaia-pages"},
        {"exp": NOW_S - LEEWAY_S - 5},
        {"exp": None},
        {"exp": "never"},
        {"nbf": NOW_S + 3_600},
        {"sub": None},
    ],
    ids=lambda claims: next(iter(claims)),
)
async def test_a_token_of_the_provider_that_is_not_for_here_and_now_is_refused(
    asking: httpx.AsyncClient, provider: LoginProvider, claims: dict[str, Any]
) -> None:
    answer = await asking.get("/me", headers=bearer(provider.token(Role.ENGINEER, **claims)))
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_clock_that_is_a_little_off_locks_nobody_out(asking: httpx.AsyncClient, provider: LoginProvider) -> None:
    token = provider.token(Role.VIEWER, exp=NOW_S - 5 if time.time() - NOW_S < 20 else int(time.time()) - 5)  # noqa: TID251
    assert (await asking.get("/me", headers=bearer(token))).status_code == 200


def part(said: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


async def test_a_token_that_the_provider_did_not_sign_is_refused(asking: httpx.AsyncClient, provider: LoginProvider) -> None:
    good = provider.token(Role.ENGINEER)
    head, body, signature = good.split(".")
    (key,) = provider.keys()[-1:]
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    own = RSAKey.generate_key(2048)
    public = RSAKey.import_key(key).as_pem(private=False)
    confused = f"{part({'alg': 'HS256', 'kid': key['kid']})}.{body}"
    mac = base64.urlsafe_b64encode(hmac.digest(public, confused.encode(), "sha256")).decode().rstrip("=")
    higher = claims | {"realm_access": {"roles": ["engineer"]}, "sub": "somebody else"}
    forged = {
        "alg none": f"{part({'alg': 'none'})}.{body}.",
        "alg None": f"{part({'alg': 'None', 'kid': key['kid']})}.{body}.{signature}",
        "signed with the public key": f"{confused}.{mac}",
        "signed with a short secret": jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(b"x" * 32), algorithms=["HS256"]),
        "signed by another under this name": jwt.encode({"alg": "RS256", "kid": key["kid"]}, claims, own, algorithms=["RS256"]),
        "signed by another under its own name": jwt.encode({"alg": "RS256", "kid": "mine"}, claims, own, algorithms=["RS256"]),
        "signed by the key it brings": jwt.encode(
            {"alg": "RS256", "jwk": own.as_dict(private=False)}, claims, own, algorithms=["RS256"]
        ),
        "another body": f"{head}.{part(higher)}.{signature}",
        "no signature": f"{head}.{body}.",
        "no body": f"{head}..{signature}",
        "points alone": "..",
        "no JSON": f"{part('x')}.{part('y')}.{signature}",
        "a deep header": f"{base64.urlsafe_b64encode(b'[' * 100_000).decode()}.{body}.{signature}",
        "not ASCII": "é.é.é",
    }
    for what, token in forged.items():
        answer = await asking.get("/me", headers={"authorization": f"Bearer {token}".encode()})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), what
    assert (await asking.get("/me", headers=bearer(good))).status_code == 200


async def test_a_token_beside_a_key_counts_as_little_as_two_keys(asking: httpx.AsyncClient, provider: LoginProvider) -> None:
    both = bearer(provider.token(Role.VIEWER)) | {"x-api-key": "engineer"}
    assert (await asking.get("/me", headers=both)).status_code == 401


async def test_api_keys_go_on_beside_the_login(asking: httpx.AsyncClient) -> None:
    assert (await asking.get("/me", headers={"x-api-key": "viewer"})).json()["name"] == "viewer-1"
    answer = await asking.get("/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="talaia"'


# ---- keys that change, and a provider that is away


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_two_keys_are_valid_at_once_and_one_that_is_withdrawn_ends(tmp_path: Path) -> None:
    provider, clock, now = LoginProvider(), Clock(), datetime.now(UTC)  # noqa: TID251
    provider.start()
    try:
        ours = Provider(read_oidc(provider.oidc_file(tmp_path)), clock)
        old = provider.token(Role.VIEWER)
        assert await ours.bearer(old, now) is not None
        provider.rotate()
        new = provider.token(Role.VIEWER)
        assert await ours.bearer(new, now) is None  # who sends unknown keys does not make us ask each time
        clock.now_s += 10
        assert await ours.bearer(new, now) is not None
        assert await ours.bearer(old, now) is not None
        provider.withdraw()
        clock.now_s += FRESH_S
        assert await ours.bearer(old, now) is None
        assert await ours.bearer(new, now) is not None
    finally:
        provider.stop()


ODD_KEYS = [
    {"kty": "EC", "crv": "P-192", "kid": "old", "x": "AA", "y": "AA"},
    {"kty": "EC", "crv": "P-256", "kid": "beside the curve", "x": "AA", "y": "AA"},
    {"kty": "RSA", "kid": "no n", "e": "AQAB"},
    {"kty": "RSA", "kid": "no number", "n": "", "e": "é"},
    {"kty": "RSA", "kid": ["no name"], "n": "AA", "e": "AQAB"},
    {"kty": "AKP", "kid": "post-quantum", "pub": "AA"},
    {"kty": ["RSA"]},
    {},
    [],
    "RSA",
    7,
    None,
]


async def test_keys_that_are_not_understood_shut_out_no_token_of_another(tmp_path: Path) -> None:
    provider, now = LoginProvider(), datetime.now(UTC)  # noqa: TID251
    provider.start()
    try:
        provider.publish(ODD_KEYS)
        ours = Provider(read_oidc(provider.oidc_file(tmp_path)))
        assert await ours.bearer(provider.token(Role.VIEWER), now) is not None
    finally:
        provider.stop()


async def test_while_the_provider_is_away_known_keys_count_for_an_hour_and_then_the_door_is_shut(tmp_path: Path) -> None:
    provider, clock, now = LoginProvider(), Clock(), datetime.now(UTC)  # noqa: TID251
    provider.start()
    try:
        ours = Provider(read_oidc(provider.oidc_file(tmp_path)), clock)
        token = provider.token(Role.VIEWER)
        assert await ours.bearer(token, now) is not None
    finally:
        provider.stop()
    clock.now_s += KEPT_S - 1
    assert await ours.bearer(token, now) is not None
    clock.now_s += 2
    with pytest.raises(Problem) as refused:
        await ours.bearer(token, now)
    assert (refused.value.status, refused.value.code) == (503, "login_unavailable")


async def test_with_no_provider_at_all_an_application_starts_says_503_and_takes_keys(tmp_path: Path) -> None:
    provider = LoginProvider()
    provider.start()
    token = provider.token(Role.ENGINEER)
    provider.stop()
    app = application(router, key_file=keys_of_roles(tmp_path), oidc_file=provider.oidc_file(tmp_path))
    async with client(app) as asking:
        for path, headers in (("/me", bearer(token)), ("/login", {})):
            answer = await asking.get(path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "login_unavailable")
            assert answer.headers["retry-after"]
        assert (await asking.get("/me", headers={"x-api-key": "operator"})).status_code == 200
        assert (await asking.get("/me")).status_code == 401
        provider.start()
        try:
            app.state.access.login.provider._tried_s = -1_000.0
            assert (await asking.get("/login")).status_code == 303
        finally:
            provider.stop()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"<html>",
        b'{"issuer": "http://another"}',
        b'{"issuer": "ISSUER"}',
        b'{"issuer": "ISSUER", "authorization_endpoint": "ISSUER/a", "token_endpoint": "ISSUER/t", "jwks_uri": "http://evil.example/j"}',
        b'{"issuer": "ISSUER", "authorization_endpoint": "javascript:a", "token_endpoint": "ISSUER/t", "jwks_uri": "ISSUER/j"}',
        b'{"issuer": "ISSUER", "authorization_endpoint": "ISSUER/a", "token_endpoint": "ISSUER/t", "jwks_uri": "ISSUER/j"}',
        b'{"issuer": "ISSUER", "authorization_endpoint": "ISSUER/a", "token_endpoint": "ISSUER/t", "jwks_uri": "ISSUER/j",'
        b'"keys": 5}',
        b'{"issuer": "ISSUER", "authorization_endpoint": "ISSUER/a", "token_endpoint": "ISSUER/t", "jwks_uri": "ISSUER/j",'
        b'"keys": [{"kty": "RSA", "e": "AQAB"}]}',
        b'"' + b"x" * 2_000_000 + b'"',
        b"[" * 200_000,
    ],
    ids=range(12),
)
async def test_a_provider_that_answers_nonsense_is_as_good_as_away(tmp_path: Path, answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = answer.replace(b"ISSUER", issuer.encode())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body) + body)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        provider = LoginProvider()
        issuer = provider.issuer = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        ours = Provider(read_oidc(provider.oidc_file(tmp_path)))
        with pytest.raises(Problem) as refused:
            await ours.addresses()
        assert refused.value.code == "login_unavailable"


async def test_a_provider_that_sends_elsewhere_is_not_followed(tmp_path: Path) -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n")).split()[1])
        away = b"location: /elsewhere\r\ncontent-length: 0\r\nconnection: close"
        writer.write(b"HTTP/1.1 302 Found\r\n" + away + b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        provider = LoginProvider()
        provider.issuer = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        with pytest.raises(Problem) as refused:
            await Provider(read_oidc(provider.oidc_file(tmp_path))).addresses()
        assert refused.value.code == "login_unavailable"
        assert asked == [b"/.well-known/openid-configuration"]


# ---- sessions


async def logged_in(asking: httpx.AsyncClient, user: str, back: str = "/me") -> httpx.Response:
    """A browser that goes to the provider, where somebody says who they are, and comes back."""
    away = await asking.get("/login", params={"back": back})
    assert away.status_code == 303
    async with httpx.AsyncClient() as outside:
        assert (await outside.get(away.headers["location"])).status_code == 200
        granted = await outside.post(away.headers["location"], data={"user": user})
    assert granted.status_code == 302, granted.text
    return await asking.get(granted.headers["location"])


def cookie(browser: httpx.AsyncClient, purpose: str = "session") -> tuple[str, str]:
    """Name and value of the one that it holds."""
    (found,) = (held for held in browser.cookies.items() if held[0].startswith(f"talaia-{purpose}-"))
    return found


async def test_a_person_logs_in_has_a_session_writes_with_its_token_and_logs_out(asking: httpx.AsyncClient) -> None:
    back = await logged_in(asking, "operator", "/me?x=1")
    assert (back.status_code, back.headers["location"]) == (303, "/me?x=1")
    (given,) = (said for said in back.headers.get_list("set-cookie") if said.startswith("talaia-session-"))
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=28800"} <= set(given.split("; "))
    who = (await asking.get("/me")).json()
    assert (who["name"], who["role"]) == ("oidc:operator", "operator")

    for carried in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "guess"}, {"X-CSRF-Token": "é".encode()}):
        refused = await asking.post("/act", headers=carried)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    assert (await asking.post("/act", headers={"X-CSRF-Token": who["csrf"]})).status_code == 200
    assert (await asking.post("/act", data={"csrf": who["csrf"]})).status_code == 200
    assert (await asking.post("/act", data={"csrf": "guess"})).status_code == 403
    assert (await asking.post("/act", json={"csrf": who["csrf"]})).status_code == 403
    foreign = {"X-CSRF-Token": who["csrf"], "Origin": "http://evil.example"}
    assert (await asking.post("/act", headers=foreign)).json()["code"] == "foreign_origin"
    many = await asking.post("/act", data={str(n): "" for n in range(20)} | {"csrf": who["csrf"]})
    assert (many.status_code, many.json()["code"]) == (422, "invalid")

    assert (await asking.post("/logout")).status_code == 403
    farewell = await asking.post("/logout", data={"csrf": who["csrf"]})
    assert farewell.status_code == 200
    assert "/logout" in farewell.text
    assert (await asking.get("/me")).status_code == 401


async def test_a_session_that_was_ended_is_over_for_a_copy_of_its_cookie_too_and_other_sessions_go_on(
    app: FastAPI, asking: httpx.AsyncClient
) -> None:
    async with client(app) as elsewhere:
        await logged_in(elsewhere, "operator")
        await logged_in(asking, "operator")
        copy = {"cookie": "{}={}".format(*cookie(asking))}
        csrf = (await asking.get("/me")).json()["csrf"]
        async with client(app) as thief:
            assert (await thief.get("/me", headers=copy)).status_code == 200
            assert (await asking.post("/logout", data={"csrf": csrf})).status_code == 200
            assert (await thief.get("/me", headers=copy)).status_code == 401
            assert (await thief.post("/act", headers={**copy, "X-CSRF-Token": csrf})).status_code == 401
        assert (await elsewhere.get("/me")).status_code == 200
        await logged_in(asking, "operator")
        assert (await asking.get("/me")).status_code == 200


async def test_a_key_that_is_sent_beside_a_session_is_who_asks(asking: httpx.AsyncClient) -> None:
    await logged_in(asking, "operator")
    assert (await asking.get("/me", headers={"x-api-key": "viewer"})).json()["name"] == "viewer-1"
    assert (await asking.post("/act", headers={"x-api-key": "operator"})).status_code == 200
    assert (await asking.get("/me", headers={"x-api-key": "wrong"})).status_code == 401


async def test_a_person_without_a_role_gets_no_session(asking: httpx.AsyncClient) -> None:
    answer = await logged_in(asking, "nobody")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_role")
    assert (await asking.get("/me")).status_code == 401


async def test_who_opens_a_page_is_led_to_the_login_and_a_script_is_told(asking: httpx.AsyncClient) -> None:
    led = await asking.get("/me?a=1", headers={"accept": "text/html,*/*"})
    assert (led.status_code, led.headers["location"]) == (303, "/login?back=%2Fme%3Fa%3D1")
    assert (await asking.get("/me", headers={"accept": "*/*"})).status_code == 401
    assert (await asking.post("/act", headers={"accept": "text/html"})).status_code == 401
    assert (await asking.get("/me", headers={"accept": "text/html", "x-api-key": "wrong"})).status_code == 401


@pytest.mark.parametrize(
    "back",
    [
        *("https://evil.example/", "//evil.example", "/\\evil.example", "/%5Cevil", "javascript:alert(1)"),
        *("", "/a\r\nb", "/€", "/" + "x" * 501),
    ],
)
async def test_after_the_login_nobody_is_led_elsewhere(asking: httpx.AsyncClient, back: str) -> None:
    answer = await logged_in(asking, "viewer", back)
    landed = urlsplit(str(httpx.URL("http://127.0.0.1:8001/me").join(answer.headers["location"])))
    assert landed.netloc == "127.0.0.1:8001"


async def test_what_comes_back_must_belong_to_what_this_browser_began(app: FastAPI, asking: httpx.AsyncClient) -> None:
    async def begun(browser: httpx.AsyncClient) -> tuple[str, str]:
        away = (await browser.get("/login")).headers["location"]
        async with httpx.AsyncClient() as outside:
            granted = await outside.post(away, data={"user": "operator"})
        said = parse_qs(urlsplit(granted.headers["location"]).query)
        return said["state"][0], said["code"][0]

    def failed(answer: httpx.Response) -> bool:
        return (answer.status_code, answer.json()["code"]) == (400, "login_failed")

    async with client(app) as other:
        state, code = await begun(other)
        assert failed(await asking.get("/login/callback", params={"state": state, "code": code}))  # nothing begun here
        own_state, own_code = await begun(asking)
        assert failed(await asking.get("/login/callback", params={"state": state, "code": own_code}))
        assert failed(await asking.get("/login/callback", params={"code": own_code}))
        assert failed(await asking.get("/login/callback", params={"state": own_state, "error": "access_denied"}))
        # the code of another's login, put into one's own: the verifier and the nonce do not fit
        assert failed(await asking.get("/login/callback", params={"state": own_state, "code": code}))
        assert (await asking.get("/login/callback", params={"state": own_state, "code": own_code})).status_code == 303
        assert failed(await other.get("/login/callback", params={"state": own_state, "code": own_code}))


@pytest.mark.parametrize("claim", ["nonce", "azp", "iss"])
async def test_an_answer_that_is_of_another_login_is_refused(asking: httpx.AsyncClient, claim: str) -> None:
    answer = await logged_in(asking, f"engineer+{claim}")
    assert (answer.status_code, answer.json()["code"]) == (400, "login_failed")


@pytest.mark.parametrize("spoilt", ["", "x", "a.b.c.d.e", "x" * 5_000, "CUT", "FLIP"])
async def test_a_cookie_that_is_not_whole_is_no_session(asking: httpx.AsyncClient, spoilt: str) -> None:
    await logged_in(asking, "viewer")
    name, good = cookie(asking)
    middle = len(good) // 2
    flipped = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
    asking.cookies.clear()
    headers = {"cookie": f"{name}=" + {"CUT": good[:-4], "FLIP": flipped}.get(spoilt, spoilt)}
    assert (await asking.get("/me", headers=headers)).status_code == 401
    assert (await asking.get("/me", headers={"cookie": f"{name}={good}"})).status_code == 200


async def test_a_session_ends_and_one_sealed_elsewhere_or_for_another_purpose_is_none(
    app: FastAPI, asking: httpx.AsyncClient, provider: LoginProvider, tmp_path: Path
) -> None:
    await logged_in(asking, "viewer")
    login, (name, good) = app.state.access.login, cookie(asking)
    now = datetime.now(UTC)  # noqa: TID251
    assert login.session({name: good}, now + timedelta(hours=7, minutes=59)) is not None
    assert login.session({name: good}, now + timedelta(hours=8)) is None
    await asking.get("/login")
    assert login.session({name: cookie(asking, "login")[1]}, now) is None
    folder = tmp_path / "other"
    folder.mkdir()
    other = application(router, oidc_file=provider.oidc_file(folder, client_secret="another secret, long enough"))
    assert other.state.access.login.cookie == name
    assert other.state.access.login.session({name: good}, now) is None


@pytest.mark.parametrize(
    "there",
    [{"issuer": "http://127.0.0.1:1"}, {"client_id": "talaia-others"}, {"public_url": "http://127.0.0.1:8002"}],
    ids=lambda there: next(iter(there)),
)
async def test_a_session_of_one_api_is_none_at_another_and_a_login_there_does_not_end_it(
    asking: httpx.AsyncClient, provider: LoginProvider, tmp_path: Path, there: dict[str, str]
) -> None:
    await logged_in(asking, "engineer")
    name, good = cookie(asking)
    folder = tmp_path / "other"
    folder.mkdir()
    other = application(router, oidc_file=provider.oidc_file(folder, **there)).state.access.login
    assert other.cookie != name
    assert other.session({name: good, other.cookie: good}, datetime.now(UTC)) is None  # noqa: TID251


async def test_over_https_the_cookie_is_bound_to_its_host_and_to_tls(provider: LoginProvider, tmp_path: Path) -> None:
    app = application(router, oidc_file=provider.oidc_file(tmp_path, public_url="https://alarms.city.example"))
    async with client(app) as asking:
        away = await asking.get("/login")
    (given,) = away.headers.get_list("set-cookie")
    assert given.startswith("__Host-talaia-login-")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(given.split("; "))
    assert "Domain" not in given
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    assert asked["redirect_uri"] == ["https://alarms.city.example/login/callback"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(hashlib.sha256(asked["state"][0].encode()).hexdigest()) == 64 and asked["nonce"]


async def test_no_secret_is_in_what_is_said(asking: httpx.AsyncClient, app: FastAPI) -> None:
    assert CLIENT_SECRET not in repr(app.state.access.login.provider.oidc)
    document = (await asking.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["session"]["name"] == app.state.access.login.cookie
    assert CLIENT_SECRET not in json.dumps(document)


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("https://alarms.city.example", True),
        ("https://alarms.city.example:443", True),
        ("http://127.0.0.1:8001", True),
        ("http://alarms.city.example", False),
        ("https://alarms.city.example:8443", False),
        ("https://alarms.city.example.evil.example", False),
        ("https://evil.example", False),
        ("https://", False),
        ("null", False),
    ],
)
async def test_a_proxy_may_call_it_by_another_name_than_the_one_by_which_the_login_says_that_browsers_do(
    provider: LoginProvider, tmp_path: Path, origin: str, ours: bool
) -> None:
    file = provider.oidc_file(tmp_path, public_url="https://alarms.city.example")
    async with client(application(router, key_file=keys_of_roles(tmp_path), oidc_file=file)) as asking:
        answer = await asking.post("/act", headers={"x-api-key": "operator", "origin": origin})
    assert (answer.status_code, answer.json().get("code")) == ((200, None) if ours else (403, "foreign_origin"))
