"""Browser sessions: a cookie that holds who somebody is, sealed, so that every process of an API can open it.

Sealed with AES-256-GCM under keys that are made from the client's secret, one for each purpose and place: a cookie of one
kind or API is not one of another, and a new client secret ends every session.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.responses import Response

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_LARGEST = 4_000
_MARK = 8


class Cookie:
    """One kind of sealed cookie. secure: browsers send it over TLS alone, to this host alone (`__Host-`).

    place: where it counts. A host has one store of cookies for all its ports, so the name tells places apart too.
    """

    def __init__(self, purpose: str, secret: str, place: str, *, secure: bool, life: timedelta) -> None:
        mark = hashlib.sha256(place.encode()).hexdigest()[:_MARK]
        self.name = f"{'__Host-' if secure else ''}talaia-{purpose}-{mark}"
        self._key = OctKey.import_key(hmac.digest(secret.encode(), f"talaia {purpose} cookie\n{place}".encode(), "sha256"))
        self._secure = secure
        self._life = life

    def put(self, response: Response, content: Mapping[str, Any], now: datetime) -> None:
        """Give it to a browser."""
        sealed = {**content, "until": (now + self._life).timestamp()}
        value = jwe.encrypt_compact(_HEADER, json.dumps(sealed), self._key)
        life_s = int(self._life.total_seconds())
        response.set_cookie(self.name, value, max_age=life_s, secure=self._secure, httponly=True, samesite="lax", path="/")

    def take_back(self, response: Response) -> None:
        """Let the browser forget it."""
        response.delete_cookie(self.name, secure=self._secure, httponly=True, samesite="lax", path="/")

    def opened(self, cookies: Mapping[str, str], now: datetime) -> dict[str, Any] | None:
        """What a browser's cookie holds; None without one, or when it is over, or not of ours."""
        value = cookies.get(self.name, "")
        if not value or len(value) > _LARGEST:
            return None
        try:
            plain = jwe.decrypt_compact(value, self._key, algorithms=list(_HEADER.values())).plaintext
            content: dict[str, Any] = json.loads(plain or b"")
        except (JoseError, ValueError, TypeError):
            return None
        return content if now.timestamp() < content["until"] else None
