"""The OpenID provider as this application meets it: where it is, its keys, its tokens, its answer to a code.

Its keys are fetched when first needed and again every ten minutes, or at once for a key that is not known: a provider
may change keys at any time, with two valid at once. While it is away, the keys of before count for an hour; then tokens
are refused with 503. Only addresses that the provider's own document names are asked, over TLS, without redirects.
"""

import asyncio
import base64
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.jws import extract_compact

from talaia.web.address import is_safe
from talaia.web.oidc import Oidc
from talaia.web.principal import RANKS, Principal
from talaia.web.problem import Problem

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Pinned: a token does not choose how it is checked."""
LEEWAY_S = 30
FRESH_S = 600.0
KEPT_S = 3_600.0
_RETRY_S = 10.0
_LARGEST_BYTES = 1_048_576
_LARGEST_NAME = 150
_TIMEOUT = aiohttp.ClientTimeout(total=3)
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_log = logging.getLogger(__name__)


class Away(Exception):
    """The provider does not answer, or not as a provider does."""


def unavailable() -> Problem:
    """The answer while the provider is away."""
    detail = "The login does not answer now, so who you are cannot be known. API keys and open sessions go on; try again soon."
    return Problem(503, "login_unavailable", detail, headers={"Retry-After": "10"})


@dataclass(frozen=True)
class Known:
    """What the provider said of itself, and when, by the monotonic clock."""

    addresses: Mapping[str, str]
    keys: KeySet
    at_s: float

    def fits(self, kid: str | None, now_s: float) -> bool:
        """Whether it is fresh, and has the key of this name."""
        return now_s - self.at_s < FRESH_S and (kid is None or any(key.kid == kid for key in self.keys))


class Provider:
    """Checks tokens and exchanges codes. clock: monotonic seconds."""

    def __init__(self, oidc: Oidc, clock: Callable[[], float] = time.monotonic) -> None:
        self.oidc = oidc
        self._clock = clock
        self._known: Known | None = None
        self._tried_s = -_RETRY_S
        self._asking = asyncio.Lock()

    async def addresses(self) -> Mapping[str, str]:
        """Where the provider's endpoints are. Raises Problem 503."""
        return (await self._knowledge(None)).addresses

    async def bearer(self, token: str, now: datetime) -> Principal | None:
        """Whose access token it is; None when it is not valid here. Raises Problem 403, 503."""
        claims = await self._claims(token, self.oidc.audience, now) if self.oidc.audience else None
        return None if claims is None else self._principal(claims)

    async def person(self, code: str, verifier: str, nonce: str, now: datetime) -> Principal | None:
        """Who came back with this code; None when it does not hold. Raises Problem 403, 503."""
        address = (await self.addresses())["token_endpoint"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": self.redirect_uri,
        }
        try:
            status, answer = await self._asked("POST", address, data=form, headers={"Authorization": self._basic()})
        except Away as error:
            _log.error("the login's provider does not answer: %s", error)
            raise unavailable() from None
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            _log.warning("the login's provider refused a code: status %d", status)
            return None
        claims = await self._claims(token, self.oidc.client_id, now)
        if claims is None or claims.get("nonce") != nonce or claims.get("azp", self.oidc.client_id) != self.oidc.client_id:
            return None
        return self._principal(claims)

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends people back to."""
        return f"{self.oidc.public_url}/login/callback"

    def _basic(self) -> str:
        """Who this application is to the provider: each part form-encoded first (RFC 6749, 2.3.1)."""
        secret = self.oidc.client_secret.get_secret_value()
        words = f"{quote_plus(self.oidc.client_id)}:{quote_plus(secret)}"
        return "Basic " + base64.b64encode(words.encode()).decode()

    async def _claims(self, token: str, audience: str, now: datetime) -> dict[str, Any] | None:
        """What a valid token for this audience says. Raises Problem 503."""
        try:
            header = extract_compact(token.encode()).headers()
            if header.get("alg") not in ALGORITHMS:
                return None
            known = await self._knowledge(str(header["kid"]) if "kid" in header else None)
            claims = jwt.decode(token, known.keys, algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=LEEWAY_S,
                iss={"essential": True, "value": self.oidc.issuer},
                aud={"essential": True, "value": audience},
                exp={"essential": True},
                sub={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError, TypeError, RecursionError):
            return None
        return claims

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        """The person or program of a valid token. Raises Problem 403: nobody without a role comes in."""
        name = _claim(claims, self.oidc.name_claim)
        if not isinstance(name, str) or not 0 < len(name) <= _LARGEST_NAME or not name.isprintable():
            raise Problem(403, "no_name", f"Your token has no name in {self.oidc.name_claim}: ask who runs the login.")
        held = _claim(claims, self.oidc.role_claim)
        words = [held] if isinstance(held, str) else held if isinstance(held, list) else []
        roles = [self.oidc.roles[word] for word in words if isinstance(word, str) and word in self.oidc.roles]
        if not roles:
            raise Problem(403, "no_role", "You are known, but have no role here: ask who runs the login for one.")
        return Principal(f"oidc:{name}", max(roles, key=RANKS.__getitem__))

    async def _knowledge(self, kid: str | None) -> Known:
        """What the provider said, new enough to judge a key of this name. Raises Problem 503."""
        if self._known is not None and self._known.fits(kid, self._clock()):
            return self._known
        async with self._asking:
            now_s, known = self._clock(), self._known
            if (known is None or not known.fits(kid, now_s)) and now_s - self._tried_s >= _RETRY_S:
                self._tried_s = now_s
                try:
                    known = self._known = await self._fetched(now_s)
                except Away as error:
                    _log.error("the login's provider does not answer: %s", error)
            if known is None or now_s - known.at_s >= KEPT_S:
                raise unavailable()
            return known

    async def _fetched(self, now_s: float) -> Known:
        _, said = await self._asked("GET", self.oidc.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if said.get("issuer") != self.oidc.issuer:
            raise Away("its document names another issuer")
        addresses = {name: value for name, value in said.items() if isinstance(value, str) and value.isascii() and is_safe(value)}
        if missing := [name for name in _ADDRESSES if name not in addresses]:
            raise Away(f"its document has no safe {missing[0]}")
        _, found = await self._asked("GET", addresses["jwks_uri"])
        return Known(addresses, _keys(found), now_s)

    async def _asked(self, method: str, address: str, **what: Any) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of an answer. Raises Away."""
        connector = aiohttp.TCPConnector(ssl=self.oidc.context())
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT, connector=connector) as session,
                session.request(method, address, allow_redirects=False, **what) as answer,
            ):
                body = b""
                async for part in answer.content.iter_any():
                    body += part
                    if len(body) > _LARGEST_BYTES:
                        raise Away("its answer is too large")
                said = json.loads(body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RecursionError) as error:
            raise Away(type(error).__name__) from None
        if not isinstance(said, dict):
            raise Away("its answer is no JSON object")
        return answer.status, said


def _keys(found: Mapping[str, Any]) -> KeySet:
    """The keys that tokens can be checked with; one that is not understood takes no other along (RFC 7517, 5). Raises Away."""
    offered = found.get("keys")
    keys: list[Key] = []
    for each in offered if isinstance(offered, list) else ():
        try:
            if each["kty"] == "RSA" or (each["kty"] == "EC" and each["crv"] == "P-256"):  # what ALGORITHMS take
                keys.append(JWKRegistry.import_key(each))
        except (JoseError, LookupError, ValueError, TypeError) as error:
            _log.warning("the login's provider offers a key that cannot be used (%s)", type(error).__name__)
    if not keys:
        raise Away("none of its keys can be used")
    return KeySet(keys)


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by a path of names with points; None when it is not there."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for word in name.split("."):
        found = found.get(word) if isinstance(found, dict) else None
    return found
