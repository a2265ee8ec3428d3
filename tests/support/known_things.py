"""Hooks of Schemathesis: what it makes up names things that are there, so that a valid request can be served.

What a request refers to (a site, an alarm, an act, a moment) is taken from `KNOWN_THINGS`; all else stays as it was made up.
A page is asked for from its beginning, and an act is a new one, on an alarm whatever its version.
"""

import json
import os
from typing import Any
from uuid import uuid4

import schemathesis

KNOWN: dict[str, Any] = json.loads(os.environ["KNOWN_THINGS"])


@schemathesis.hook
def map_path_parameters(ctx: object, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    return _known(path_parameters)


@schemathesis.hook
def map_query(ctx: object, query: dict[str, Any] | None) -> dict[str, Any] | None:
    return {name: value for name, value in query.items() if name != "cursor"} if query else query


@schemathesis.hook
def map_headers(ctx: object, headers: Any) -> Any:
    fresh = {"idempotency-key": str(uuid4())}
    return {name: fresh.get(name.lower(), value) for name, value in (headers or {}).items() if name.lower() != "if-match"}


@schemathesis.hook
def map_body(ctx: object, body: Any) -> Any:
    if isinstance(body, dict) and "alarms" in body:
        return body | {"alarms": [KNOWN["alarm_id"]]}
    return _known(body) if isinstance(body, dict) else body


def _known(said: dict[str, Any] | None) -> dict[str, Any] | None:
    return {name: KNOWN.get(name, value) for name, value in said.items()} if said else said
