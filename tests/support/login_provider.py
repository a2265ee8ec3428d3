"""A real OpenID provider on loopback, made of authlib's authorization server: it judges our side of the login.

`python -m support.login_provider PORT` serves it. A user is named for the roles that their tokens hold, with plus signs:
`viewer`, `viewer+operator`, `nobody`; with `nonce`, `azp` or `iss` that claim is of another login. Beside what every
provider does, it signs what a test wants signed (`/test/sign`), changes its keys (`/test/rotate`, `/test/withdraw`) and
publishes odd ones (`/test/publish`).
"""

import os
import sys
import time
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin
from authlib.oidc.core.grants import OpenIDCode
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID = "talaia-pages"
CLIENT_SECRET = "a-secret-that-is-long-enough"
AUDIENCE = "talaia"
CALLBACK = "/login/callback"


class Client(ClientMixin):  # type: ignore[misc]
    """The one client: pages of Talaia, wherever they are served on this machine."""

    client_id = CLIENT_ID

    def get_client_id(self) -> str:
        return self.client_id

    def check_redirect_uri(self, uri: str) -> bool:
        return uri.startswith("http://127.0.0.1:") and uri.endswith(CALLBACK)

    def check_client_secret(self, secret: str) -> bool:
        return secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"

    def get_allowed_scope(self, scope: str) -> str:
        return scope


@dataclass
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """What a code stands for."""

    code: str
    user: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> None: ...

    def get_acr(self) -> None: ...

    def get_amr(self) -> None: ...


@dataclass
class State:
    """Codes and keys; the last key signs, all are published, after what is odd."""

    issuer: str
    codes: dict[str, Code] = field(default_factory=dict)
    keys: list[RSAKey] = field(default_factory=list)
    odd: list[Any] = field(default_factory=list)

    def rotate(self) -> None:
        key = RSAKey.generate_key(2048, auto_kid=True)
        self.keys.append(key)

    def sign(self, claims: dict[str, Any], header: dict[str, Any]) -> str:
        head = {"alg": "RS256", "kid": self.keys[-1].kid} | header
        return jwt.encode(head, claims, self.keys[-1], algorithms=[head["alg"]])


def server(state: State) -> AuthorizationServer:
    """authlib's server, with what it leaves to us."""

    class Server(AuthorizationServer):  # type: ignore[misc]
        def query_client(self, client_id: str) -> Client | None:
            return Client() if client_id == CLIENT_ID else None

        def save_token(self, token: object, request: object) -> None: ...

        def send_signal(self, name: str, *args: object, **kwargs: object) -> None: ...

        def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
            return request

        def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
            answer = JSONResponse(body, status) if isinstance(body, dict) else Response(body, status)
            answer.headers.update(dict(headers))
            return answer

    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
            said = request.payload.data
            of = {name: said.get(name) for name in ("redirect_uri", "nonce", "code_challenge", "code_challenge_method")}
            state.codes[code] = Code(code=code, user=request.user, scope=request.scope, **of)

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return state.codes.get(code)

        def delete_authorization_code(self, code: Code) -> None:
            del state.codes[code.code]

        def authenticate_user(self, code: Code) -> str:
            return code.user

    class Tokens(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
            return any(code.nonce == nonce for code in state.codes.values())

        def resolve_client_private_key(self, client: Client) -> RSAKey:
            return state.keys[-1]

        def get_encode_header(self, client: Client) -> dict[str, Any]:
            return {"alg": "RS256", "kid": state.keys[-1].kid}

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            return {"iss": state.issuer, "aud": [CLIENT_ID]}

        def get_client_algorithm(self, client: Client) -> str:
            return "RS256"

        def generate_user_info(self, user: str, scope: str) -> dict[str, Any]:
            words = user.split("+")
            wrong = {name: "another" for name in ("nonce", "azp", "iss") if name in words}
            return {"sub": user, "realm_access": {"roles": words}} | wrong

    made = Server()
    made.register_token_generator("default", BearerTokenGenerator(lambda *_, **__: "opaque"))
    made.register_grant(Grant, [CodeChallenge(required=True), Tokens(require_nonce=True)])
    return made


def application(port: int) -> FastAPI:
    """The provider."""
    state = State(f"http://127.0.0.1:{port}")
    state.rotate()
    oauth = server(state)
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def document() -> dict[str, object]:
        endpoints = {"authorization": "authorize", "token": "token", "end_session": "logout"}
        addresses = {f"{name}_endpoint": f"{state.issuer}/{path}" for name, path in endpoints.items()}
        return {"issuer": state.issuer, "jwks_uri": f"{state.issuer}/jwks", **addresses}

    @app.get("/jwks")
    def jwks() -> dict[str, object]:
        return {"keys": [*state.odd, *KeySet(state.keys).as_dict(private=False)["keys"]]}

    @app.get("/authorize")
    def ask(request: Request) -> HTMLResponse:
        oauth.get_consent_grant(_request("GET", request, dict(request.query_params)))
        names = ("viewer", "operator", "nobody")
        buttons = "".join(f'<button name="user" value="{name}">{name}</button>' for name in names)
        return HTMLResponse(f'<form method="post" action="?{escape(urlencode(request.query_params))}">{buttons}</form>')

    @app.post("/authorize")
    async def grant(request: Request) -> Response:
        asked = _request("GET", request, dict(request.query_params))
        user = (await _form(request))["user"]
        return oauth.create_authorization_response(asked, grant_user=user, grant=oauth.get_consent_grant(asked, user))  # type: ignore[no-any-return]

    @app.post("/token")
    async def token(request: Request) -> Response:
        return oauth.create_token_response(_request("POST", request, await _form(request)))  # type: ignore[no-any-return]

    @app.post("/test/sign")
    async def sign(request: Request) -> str:
        asked = await request.json()
        now = int(time.time())  # noqa: TID251
        claims = {"iss": state.issuer, "aud": AUDIENCE, "sub": "somebody", "iat": now, "exp": now + 300} | asked["claims"]
        kept = {name: value for name, value in claims.items() if value is not None}
        return state.sign(kept, asked.get("header", {}))

    @app.post("/test/rotate")
    def rotate() -> None:
        state.rotate()

    @app.post("/test/withdraw")
    def withdraw() -> None:
        del state.keys[:-1]

    @app.post("/test/publish")
    async def publish(request: Request) -> None:
        state.odd = await request.json()

    return app


def _request(method: str, request: Request, said: dict[str, str]) -> OAuth2Request:
    class Asked(OAuth2Request):  # type: ignore[misc]
        args = form = said

    headers = {"Authorization": request.headers.get("authorization", "")}
    made = Asked(method, str(request.url), headers=headers)
    made.payload = BasicOAuth2Payload(said)
    return made


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))


if __name__ == "__main__":
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback
    uvicorn.run(application(int(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
