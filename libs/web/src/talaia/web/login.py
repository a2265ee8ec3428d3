"""How people log in: over to the provider with state, nonce and PKCE, back with a code, then a session of a shift."""

import base64
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from talaia.contracts.vocabulary import Role
from talaia.web.oidc import Oidc
from talaia.web.principal import Principal
from talaia.web.problem import Problem
from talaia.web.provider import Provider
from talaia.web.session import Cookie

_WITHIN = timedelta(minutes=10)
_ENDED = 10_000
"""Sessions remembered that people ended; each ends by itself within a shift."""


class LoginFirst(Exception):
    """A person opened a page without a session. back: the page."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.back = back


class Login:
    """The provider, and the sessions of those whom it names."""

    def __init__(self, oidc: Oidc) -> None:
        self.provider = Provider(oidc)
        self.has_sessions = bool(oidc.client_id)
        secret = oidc.client_secret.get_secret_value()
        secure = oidc.public_url.startswith("https:")
        place = "\n".join((oidc.issuer, oidc.client_id, oidc.public_url))
        self._sessions = Cookie("session", secret, place, secure=secure, life=timedelta(hours=oidc.session_hours))
        self._begun = Cookie("login", secret, place, secure=secure, life=_WITHIN)
        self._ended: OrderedDict[str, None] = OrderedDict()

    @property
    def cookie(self) -> str:
        """Name of the session's cookie."""
        return self._sessions.name

    def session(self, cookies: Mapping[str, str], now: datetime) -> Principal | None:
        """Whose session it is; None without one, or when its person ended it in this process."""
        held = self._sessions.opened(cookies, now) if self.has_sessions else None
        if held is None or held["csrf"] in self._ended:
            return None
        return Principal(held["name"], Role(held["role"]), csrf=held["csrf"])

    async def begin(self, back: str, response: Response, now: datetime) -> None:
        """Send a browser to the provider. back: a page of this application. Raises Problem 503."""
        oidc, verifier = self.provider.oidc, secrets.token_urlsafe(48)
        state, nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": oidc.client_id,
            "redirect_uri": self.provider.redirect_uri,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = (await self.provider.addresses())["authorization_endpoint"]
        response.headers["Location"] = f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
        begun = {"state": state, "nonce": nonce, "verifier": verifier, "back": _page(back)}
        self._begun.put(response, begun, now)

    async def complete(self, cookies: Mapping[str, str], state: str, code: str, response: Response, now: datetime) -> None:
        """Give a browser that comes back its session, and send it on. Raises Problem 400, 403, 503."""
        begun = self._begun.opened(cookies, now)
        if begun is None or not hmac.compare_digest(begun["state"].encode(), state.encode()):
            raise _failed()
        person = await self.provider.person(code, begun["verifier"], begun["nonce"], now)
        if person is None:
            raise _failed()
        self.give(person, response, now)
        self._begun.take_back(response)
        response.headers["Location"] = begun["back"]

    def give(self, person: Principal, response: Response, now: datetime) -> None:
        """A session for this person."""
        held = {"name": person.name, "role": person.role, "csrf": secrets.token_urlsafe(24)}
        self._sessions.put(response, held, now)

    def end(self, cookies: Mapping[str, str], response: Response, now: datetime) -> None:
        """No session any more, in this browser, and in this process by no copy of its cookie either."""
        self._sessions.take_back(response)
        session = self.session(cookies, now)
        if session is not None:
            self._ended[session.csrf] = None  # another one in every session
            while len(self._ended) > _ENDED:
                self._ended.popitem(last=False)


def _failed() -> Problem:
    return Problem(400, "login_failed", "This login was not begun here, took too long, or was refused: begin again at /login.")


def _page(back: str) -> str:
    """A page of this application; never another host's."""
    ours = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isascii() and back.isprintable()
    return back if ours and len(back) <= 500 else "/"
