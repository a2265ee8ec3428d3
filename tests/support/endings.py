"""How a worker may end by itself under faults: with a code that means `start me again`, and one sentence that says why."""

import json

from talaia.stream.stopping import SETTLE_FAILED, STUCK, UNAVAILABLE

AGAIN = (UNAVAILABLE, STUCK, SETTLE_FAILED)


def ended_well(said: str, code: int | None) -> int:
    """The exit code of a worker, given all it wrote; fails unless its last words are the reason."""
    last = json.loads(said.strip().splitlines()[-1])
    assert code in AGAIN, (code, said[-2_000:])
    assert (last["level"], last["exit_code"]) == ("CRITICAL", code), said[-2_000:]
    assert "\n" not in last["message"], last
    return code
