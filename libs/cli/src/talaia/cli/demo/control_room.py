"""What an operator does, over HTTP as a browser would: look at the alarms, acknowledge them, read the journal."""

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from talaia.cli.trouble import Trouble

_TIMEOUT_S = 20


class ControlRoom:
    """The alerts API at an address."""

    def __init__(self, address: str) -> None:
        self._address = address

    def unacknowledged(self) -> list[str]:
        """Ids of all alarms that nobody has acknowledged."""
        return [alarm["alarm_id"] for alarm in self._alarms() if alarm["acknowledgement"] == "unacknowledged"]

    def acknowledge(self, alarms: list[str]) -> None:
        """Acknowledge alarms in one act."""
        body = json.dumps({"verb": "acknowledge", "alarms": alarms}).encode()
        self._ask("/v1/acts", body, {"content-type": "application/json", "idempotency-key": str(uuid.uuid4())})

    def journal(self) -> list[dict[str, Any]]:
        """Every transition, in order."""
        return [json.loads(line) for line in self._ask("/v1/journal.ndjson").splitlines()]

    def lag_events(self) -> int:
        """How many events its view is behind."""
        lag: int = json.loads(self._ask("/readyz"))["lag_events"]
        return lag

    def _alarms(self) -> list[dict[str, Any]]:
        alarms: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            page = json.loads(self._ask("/v1/alarms?" + urlencode({"limit": 100} | after)))
            alarms += page["items"]
            if not page.get("next"):
                return alarms
            after = {"cursor": page["next"]}

    def _ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> str:
        request = urllib.request.Request(self._address + path, body, dict(headers or {}))  # noqa: S310  (of this machine)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
                text: str = answer.read().decode()
                return text
        except urllib.error.HTTPError as error:
            raise Trouble(f"{self._address}{path} answered {error.code}: {error.read().decode(errors='replace')[:300]}") from None
        except OSError as error:
            raise Trouble(f"{self._address}{path} does not answer ({error})") from None
