"""Every route of both APIs, asked by everybody: who comes in, and what each answer carries."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from support.every_route import Body, Holder, application, asked, document, filled, holders
from support.web import client
from talaia.contracts.vocabulary import Role
from talaia.waste.api.doors import BATCH_BYTES
from talaia.web.access import SAFE, Need, needs
from talaia.web.front import SECURITY_HEADERS
from talaia.web.principal import RANKS, Scope

VIEWER = Need(Role.VIEWER, frozenset({Scope.READ}))
OPERATOR = Need(Role.OPERATOR, frozenset({Scope.ACT}))
ENGINEER = Need(Role.ENGINEER, frozenset({Scope.ACT}))
ANYONE, PROBE = Need(None), Need(None, limited=False)
EVERYWHERE = {
    "GET /healthz": PROBE,
    "GET /readyz": PROBE,
    "GET /openapi.json": ANYONE,
    "GET /metrics": VIEWER,
    "GET /login": ANYONE,
    "GET /login/callback": ANYONE,
    "POST /logout": Need(Role.VIEWER, frozenset({Scope.ACT})),
}
DECIDED = {
    "waste": EVERYWHERE
    | {
        "GET /v1/sites": VIEWER,
        "GET /v1/sites/{site}": VIEWER,
        "GET /v1/sites/{site}/measurements": VIEWER,
        "GET /v1/sites/{site}/forecast": VIEWER,
        "GET /v1/forecasts": VIEWER,
        "GET /v1/scoreboard": VIEWER,
        "GET /v1/signals": VIEWER,
        "GET /v1/signals/{signal}/evidence": VIEWER,
        "GET /v1/summary": VIEWER,
        "GET /v1/equipment": VIEWER,
        "GET /v1/spills": VIEWER,
        "GET /v1/spills.csv": VIEWER,
        "GET /v1/annual-return.csv": VIEWER,
        "GET /v1/public/spills": ANYONE,
        "POST /v1/measurements": Need(Role.OPERATOR, frozenset({Scope.INGEST})),
        "POST /v1/nowcasts": Need(Role.OPERATOR, frozenset({Scope.INGEST})),
    },
    "alerts": EVERYWHERE
    | {
        "GET /v1/alarms": VIEWER,
        "GET /v1/alarms/events": VIEWER,
        "GET /v1/alarms/{alarm_id}": VIEWER,
        "GET /v1/sources": VIEWER,
        "GET /v1/summary": VIEWER,
        "GET /v1/acts/{act_id}": VIEWER,
        "GET /v1/incidents": VIEWER,
        "GET /v1/incidents/{incident_id}": VIEWER,
        "GET /v1/handovers": VIEWER,
        "GET /v1/handovers/draft": VIEWER,
        "GET /v1/handovers/{handover_id}": VIEWER,
        "POST /v1/handovers": OPERATOR,
        "POST /v1/handovers/{handover_id}/sign": OPERATOR,
        "GET /v1/kpis": VIEWER,
        "GET /v1/register": VIEWER,
        "GET /v1/journal": VIEWER,
        "GET /v1/journal.ndjson": VIEWER,
        "GET /v1/journal.csv": VIEWER,
        "GET /v1/subscriptions": Need(Role.ENGINEER, frozenset({Scope.READ})),
        "GET /v1/subscriptions/{subscription_id}": Need(Role.ENGINEER, frozenset({Scope.READ})),
        "POST /v1/subscriptions": ENGINEER,
        "DELETE /v1/subscriptions/{subscription_id}": ENGINEER,
        "POST /v1/subscriptions/{subscription_id}/pause": ENGINEER,
        "POST /v1/subscriptions/{subscription_id}/resume": ENGINEER,
        "POST /v1/subscriptions/{subscription_id}/replay": ENGINEER,
        "POST /v1/acts": OPERATOR,
        "POST /v1/alarms/{alarm_id}/acknowledge": OPERATOR,
        "POST /v1/alarms/{alarm_id}/note": OPERATOR,
        "GET /api/v2/status": VIEWER,
        "GET /api/v2/receivers": VIEWER,
        "GET /api/v2/alerts": VIEWER,
        "GET /api/v2/alerts/groups": VIEWER,
        "GET /api/v2/silences": VIEWER,
        "GET /api/v2/silence/{silence_id}": VIEWER,
        "POST /api/v2/alerts": Need(Role.OPERATOR, frozenset({Scope.INGEST})),
        "POST /api/v2/silences": OPERATOR,
        "DELETE /api/v2/silence/{silence_id}": OPERATOR,
        "GET /": VIEWER,
        "GET /page/board": VIEWER,
        "POST /page/{verb}": OPERATOR,
        "GET /static/{name}": ANYONE,
    },
}
"""Who may do what was decided here; a route that changes its mind, or a new one, must be decided too."""
TOO_LONG = b" " * (BATCH_BYTES + 1)
UNFIT: list[tuple[bytes, dict[str, str]]] = [
    (b'{"time": "2026-', {"content-type": "application/json"}),
    (b"<a/>", {"content-type": "application/xml"}),
    (TOO_LONG, {"content-type": "application/json", "content-length": str(len(TOO_LONG))}),
    (TOO_LONG, {"content-type": "application/json"}),  # it does not say how long it is
]
"""Bodies that no route takes."""


@pytest.fixture(params=list(DECIDED))
async def service(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    yield request.param


@pytest.fixture
async def app(service: str, tmp_path: Path) -> FastAPI:
    made = application(service, tmp_path)
    await filled(made)
    return made


def expected(need: Need, method: str, holder: Holder) -> set[tuple[int, str]]:
    """Status and code with which a holder is refused; empty: it comes in."""
    if need.role is None:
        return set()
    if holder.role is None:
        return {(401, "unauthenticated")}
    if RANKS[holder.role] < RANKS[need.role] or not need.scopes <= holder.scopes:
        return {(403, "forbidden")}
    return {(403, "csrf")} if holder.forged and method not in SAFE else set()


def declared(operation: dict[str, Any]) -> Need:
    """What an operation of the document asks for."""
    role = operation["x-talaia-role"]
    return Need(None if role == "anyone" else Role(role), frozenset(map(Scope, operation["x-talaia-scopes"])))


async def test_every_route_asks_for_what_was_decided(app: FastAPI, service: str) -> None:
    assert {f"{method} {path}": need for (method, path), need in needs(app).items()} == DECIDED[service]


async def test_the_document_says_of_every_route_what_it_asks_for(app: FastAPI) -> None:
    paths = (await document(app))["paths"]
    needed = needs(app)
    assert paths
    for path, operations in paths.items():
        for method, operation in operations.items():
            need = needed[method.upper(), path]
            assert operation["x-talaia-role"] == (need.role or "anyone")
            assert operation["x-talaia-scopes"] == sorted(need.scopes)
            guarded = {"bearer", "key", "session"} if need.role is not None else set()
            assert {name for scheme in operation.get("security", []) for name in scheme} == guarded


async def test_every_cell_of_routes_and_holders_is_as_declared(app: FastAPI) -> None:
    paths = (await document(app))["paths"]
    everybody, wrong, cells = holders(app), [], 0
    for (method, path), hidden in needs(app).items():
        operation = paths.get(path, {}).get(method.lower())
        need = hidden if operation is None else declared(operation)
        for holder in everybody:
            answer = await asked(app, method, path, holder.headers)
            refused = {(answer.status_code, answer.json()["code"])} if answer.status_code in (401, 403) else set()
            documented = operation is None or str(answer.status_code) in operation["responses"]
            cells += 1
            if refused != expected(need, method, holder) or not documented:
                wrong.append(f"{method} {path} by {holder.name}: {answer.status_code} {answer.text[:200]}")
    assert wrong == []
    assert cells == len(needs(app)) * len(everybody)


async def test_nothing_of_a_body_is_read_before_it_is_known_that_who_sent_it_may(app: FastAPI) -> None:
    everybody, cells = [holder for holder in holders(app) if not holder.forged], 0
    for (method, path), need in needs(app).items():
        for holder in everybody:
            refusal = expected(need, method, holder)
            for content, headers in UNFIT if refusal else ():
                body = Body(content)
                answer = await asked(app, method, path, {**holder.headers, **headers}, body)
                cells += 1
                assert {(answer.status_code, answer.json()["code"])} == refusal, f"{method} {path} by {holder.name}"
                assert body.taken_bytes == 0, f"{method} {path} by {holder.name}"
                assert "faults" not in answer.json()
    assert cells >= len(UNFIT) * 2 * len([need for need in needs(app).values() if need.role])


async def test_such_a_body_is_refused_for_what_it_is_when_who_sent_it_may(app: FastAPI) -> None:
    (engineer,) = (holder for holder in holders(app) if holder.name == "key of engineer")
    paths = (await document(app))["paths"]
    taking = [(method, path) for path, says in paths.items() for method, operation in says.items() if "requestBody" in operation]
    assert taking
    for method, path in taking:
        for content, headers in UNFIT:
            body = Body(content)
            answer = await asked(app, method.upper(), path, {**engineer.headers, **headers}, body)
            assert "content-length" not in headers or body.taken_bytes == 0, "it was long by its own word"
            assert answer.status_code in (400, 413, 415, 422), f"{method} {path}"
            assert (answer.status_code == 413) == (content == TOO_LONG), f"{method} {path}"


async def test_a_form_is_read_only_as_far_as_the_longest_one_of_ours(app: FastAPI) -> None:
    forged = [holder for holder in holders(app) if holder.forged]
    for method, path in needs(app):
        if method == "POST":
            for holder in forged:
                headers = {**holder.headers, "content-type": "application/x-www-form-urlencoded"}
                body = Body(b"a=1&" * 500_000)
                answer = await asked(app, method, path, headers, body)
                assert answer.status_code in (403, 413), f"{method} {path} by {holder.name}"
                assert body.taken_bytes <= 65_536, f"{method} {path} by {holder.name}"


async def test_whatever_is_asked_and_by_whom_the_answer_carries_the_security_headers_and_invites_no_other_origin(
    app: FastAPI,
) -> None:
    everybody = [holder for holder in holders(app) if holder.name in ("nobody", "session of engineer")]
    addresses = [*needs(app), ("GET", "/nothing"), ("DELETE", "/healthz"), ("OPTIONS", "/v1/summary"), ("BREW", "/")]
    for method, path in addresses:
        for holder in everybody:
            foreign = {"origin": "http://evil.example", "access-control-request-method": "POST"}
            headers = (await asked(app, method, path, {**holder.headers, **foreign})).headers
            where = f"{method} {path} by {holder.name}"
            assert [name for name in headers if name.startswith("access-control-")] == [], where
            policy = headers["content-security-policy"]
            for rule in ("default-src", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
                assert rule in policy, where
            assert "unsafe" not in policy and "*" not in policy, where
            assert headers["referrer-policy"] in ("no-referrer", "same-origin"), where
            assert "no-cache" in headers["cache-control"], where
            for name in SECURITY_HEADERS.keys() - {"Content-Security-Policy", "Referrer-Policy", "Cache-Control"}:
                assert headers[name] == SECURITY_HEADERS[name], where


async def test_who_is_not_known_gets_no_more_than_a_word(app: FastAPI) -> None:
    async with client(app) as asking:
        for (method, path), need in needs(app).items():
            if need.role is not None:
                answer = await asking.request(method, path, headers={"accept": "text/html"})
                assert answer.status_code == (303 if method == "GET" else 401)
                assert len(answer.content) < 400
