"""What workers and APIs say of themselves, each asked for four seconds at most."""

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from talaia.cli.plain import plain
from talaia.cli.status.report import Process
from talaia.stream.last_words import Ends, read_ends
from talaia.stream.stopping import Stop

_STEP_S, _ANSWER_S = 2.0, 4.0
"""To connect, or to say something; and to say all."""
_ANSWER_BYTES = 1_048_576
_NONE_OF_OURS = (
    OSError,
    http.client.HTTPException,
    ValueError,
    TypeError,
    LookupError,
    RecursionError,
    msgspec.ValidationError,
)
"""It is away, or something else answers."""


class Address(NamedTuple):
    """Where to ask. health: `/healthz` of a worker, `/readyz` of an API; exits_file: a worker's, if it is on this machine."""

    name: str
    health: str
    exits_file: Path | None = None


def ask(addresses: Sequence[Address]) -> list[Process]:
    """Ask all at once. Whoever has not said all in time is left, so that one who never ends holds nobody up."""
    told: dict[Address, Process | None] = {}

    def listen(address: Address) -> None:
        told[address] = _ask(address)

    threads = [threading.Thread(target=listen, args=(address,), daemon=True) for address in addresses]
    ends_at = time.monotonic() + _ANSWER_S
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(ends_at - time.monotonic(), 0.0))
    return [told.get(address) or _silent(address) for address in addresses]


def _ask(address: Address) -> Process | None:
    try:
        answered, facts, headers = _get(address.health)
        return _api(address, answered, facts, headers) if "lag_events" in facts else _worker(address, answered, facts)
    except _NONE_OF_OURS:
        return None


def _silent(address: Address) -> Process:
    return Process(name=address.name, url=address.health, state="no answer", ends=_noted(address))


def _get(url: str) -> tuple[bool, dict[str, Any], Message]:
    try:
        with urllib.request.urlopen(url, timeout=_STEP_S) as answer:  # noqa: S310 - an address that a person gave
            return True, dict(json.loads(answer.read(_ANSWER_BYTES))), answer.headers
    except urllib.error.HTTPError as error:
        if error.code != 503:
            raise
        return False, dict(json.loads(error.read(_ANSWER_BYTES))), error.headers


def _worker(address: Address, ready: bool, facts: dict[str, Any]) -> Process:
    recovering = msgspec.convert(facts["recovering"], dict[int, float], strict=False)
    ends = msgspec.convert(facts.get("ends"), Ends | None)
    state = ", ".join(f"recovering partition {number}: {share:.0%}" for number, share in recovering.items())
    if not state:
        state = f"ready, holds {len(facts['partitions'])} partitions" if ready else "starting, or waiting for its group"
    return Process(
        name=plain(str(facts["worker"])),
        url=address.health,
        answers=True,
        ready=ready,
        state=state,
        recovering=recovering,
        ends=ends,
    )


def _api(address: Address, ready: bool, facts: dict[str, Any], headers: Message) -> Process:
    lag, age_s = facts["lag_events"], float(headers.get("Talaia-Lag", "nan"))
    error = plain(str(facts["reason"] or facts["error"]))
    return Process(
        name=address.name,
        url=address.health,
        answers=True,
        ready=ready,
        state=error or "ready",
        view_age_s=age_s,
        view_lag_events=None if lag is None else int(lag),
    )


def _noted(address: Address) -> Ends | None:
    try:
        return read_ends(address.exits_file) if address.exits_file is not None else None
    except Stop:
        return None
