"""When the watchdog ends a worker, and when it does not."""

import pytest
from talaia.stream.lane.limits import Limits
from talaia.stream.lane.watchdog import Signs, Watchdog

LIMITS = Limits(start_s=60, stuck_s=30, silent_loop_s=10)
PLACE = ("clicks", 0)


def signs(now: float, *, ready: bool = True, settled: int = 0, end: int = 0, **other: object) -> Signs:
    calm = Signs(ready, False, None, now, {PLACE: (settled, end)} if ready else {})
    return calm._replace(**other)


def test_a_worker_without_lag_may_be_quiet_for_ever() -> None:
    watchdog = Watchdog(LIMITS, 0)
    assert [watchdog.complaint(signs(now, settled=9, end=9), now) for now in range(0, 1000, 5)] == [None] * 200


def test_a_worker_that_settles_may_lag_for_ever() -> None:
    watchdog = Watchdog(LIMITS, 0)
    assert not any(watchdog.complaint(signs(now, settled=now, end=10_000), now) for now in range(0, 1000, 5))


def test_lag_without_a_settle_ends_the_worker() -> None:
    watchdog = Watchdog(LIMITS, 0)
    complaints = [watchdog.complaint(signs(now, settled=5, end=9), now) for now in range(0, 40, 5)]
    assert complaints[:7] == [None] * 7
    assert "clicks partition 0 stays at offset 5 of 9" in str(complaints[7])


def test_a_start_that_does_not_become_ready_ends_the_worker() -> None:
    watchdog = Watchdog(LIMITS, 0)
    assert watchdog.complaint(signs(59, ready=False), 59) is None
    assert "not ready" in str(watchdog.complaint(signs(61, ready=False), 61))


def test_time_of_an_earlier_rebalance_is_not_counted() -> None:
    watchdog = Watchdog(LIMITS, 0)
    for now, ready in [(50, False), (51, True), (100, False), (150, False)]:
        assert watchdog.complaint(signs(now, ready=ready), now) is None


def test_a_silent_event_loop_ends_the_worker() -> None:
    assert "silent" in str(Watchdog(LIMITS, 0).complaint(signs(20, loop_beat_at=9.0), 20))


@pytest.mark.parametrize("error", ["GroupAuthorizationFailedError: no", "its task has ended"])
def test_what_the_coordinator_parks_ends_the_worker(error: str) -> None:
    assert error in str(Watchdog(LIMITS, 0).complaint(signs(1, coordinator_error=error), 1))


def test_a_worker_that_stops_or_has_crashed_is_left_alone_for_a_while_only() -> None:
    watchdog = Watchdog(LIMITS, 0)
    assert watchdog.complaint(signs(1000, ready=False, stopping=True), 1000) is None
    assert watchdog.complaint(signs(1009, ready=False, stopping=True), 1009) is None
    assert "stopping for 11 s" in str(watchdog.complaint(signs(1011, ready=False, stopping=True), 1011))
