"""Workers freeze for twice their session under load, anywhere and between any two steps of a settle, and wake again.

What is stopped between the look at its heartbeat and a write writes when it wakes: its successor's claim must shut it out.
"""

import random
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.counting_city import PER_SECOND, SESSION_S, City, Worker, all_ready, city_at
from support.counting_view import shown
from support.judgement import end_in_peace, judged, seed
from support.processes import wait_for
from support.recount import late_outcomes, recounted
from support.trapped_worker import BEFORE_OUTPUTS, BEFORE_STATE, BEFORE_THE_HOLD
from talaia.contracts.vocabulary import Clock

__all__ = ["seed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1_800)]
FENCED = 71


@pytest.fixture
def city(broker: str, prefix: str, tmp_path: Path) -> Iterator[City]:
    """No timers by the wall: what a woken worker says late stays the last of its key on the topic."""
    with city_at(broker, prefix, tmp_path, Clock.REPLAY) as town:
        yield town


def asleep(town: City, frozen: Sequence[Worker], successor: Worker, known: int, since: float) -> None:
    """The successor takes over and works, until the frozen ones have slept for two sessions."""
    wait_for(lambda: successor.ready(known + 1), "the successor to take over")
    town.wait_for_load()
    time.sleep(max(0.0, since + 2 * SESSION_S - time.monotonic()))
    assert all(worker.stopped for worker in frozen)


def woken(frozen: Sequence[Worker]) -> list[str]:
    """What became of each: it ended because it was shut out, or it joined the group again."""
    known = {worker: worker.times_ready for worker in frozen}
    for worker in frozen:
        worker.send(signal.SIGCONT)
    wait_for(lambda: all(not one.alive or one.times_ready > known[one] for one in frozen), "the woken to end or to join again")
    assert {worker.exit_code() for worker in frozen if not worker.alive} <= {FENCED}, [one.said()[-1000:] for one in frozen]
    return ["joined again" if worker.alive else "ended" for worker in frozen]


def frozen_anywhere(town: City, rounds: int, seed: int) -> None:
    feed, workers, became = town.feed(PER_SECOND), town.ready(2), []
    for _ in range(rounds):
        random.shuffle(workers)
        frozen, successor = workers
        town.wait_for_load(500, 6_000)
        since, known = time.monotonic(), successor.times_ready
        frozen.send(signal.SIGSTOP)
        asleep(town, [frozen], successor, known, since)
        became += woken([frozen])
        town.wait_for_load()
        assert successor.alive, successor.said()[-2000:]
        workers = [successor, frozen if frozen.alive else town.ready(1)[0]]
        all_ready(workers)
    feed.stop()
    end_in_peace(town)
    judged(town, "SIGSTOP for two sessions, then SIGCONT", rounds, f"{tally(became)}; seed {seed}")


def frozen_between_steps(town: City, rounds: int) -> None:
    feed, (successor,), became, held = town.feed(PER_SECOND), town.ready(1), [], []
    places = (BEFORE_THE_HOLD, BEFORE_OUTPUTS, BEFORE_STATE)
    for _ in range(rounds):
        feed.paused = False
        frozen = [town.trapped(place, "SIGSTOP") for place in places]
        all_ready(frozen)
        town.wait_for_load()
        since, known = time.monotonic(), successor.times_ready
        for worker in frozen:
            worker.trap.touch()
        wait_for(lambda: all(worker.stopped for worker in frozen), "the traps to spring")  # noqa: B023
        asleep(town, frozen, successor, known, since)
        feed.paused = True
        town.wait_until_settled()
        late = late_outcomes(town.bootstrap, town.prefix)
        held += woken(frozen[:1])
        assert late_outcomes(town.bootstrap, town.prefix) == late, "who looks at its heartbeat after it woke must say nothing"
        became += woken(frozen[1:])
        assert successor.alive, successor.said()[-2000:]
        for worker in frozen:
            worker.kill()
    feed.stop()
    end_in_peace(town)
    seen = f"stopped before the look at the heartbeat: {tally(held)}; after it: {tally(became)}"
    verdict = judged(town, "SIGSTOP between the look at the heartbeat and a write", len(places) * rounds, seen)
    assert set(held) == {"joined again"}, "whoever looks at its heartbeat after it woke must hold, not write"
    assert verdict.late > 0, "no output came late: nothing was proved of readers"
    assert shown(town.settings, town.folder / "view.sqlite") == recounted(town.bootstrap, town.prefix)


def tally(became: Sequence[str]) -> str:
    return ", ".join(f"{became.count(what)} {what}" for what in sorted(set(became)))


def test_workers_frozen_between_any_two_steps_of_a_settle_write_nothing_and_their_late_outputs_win_nowhere(city: City) -> None:
    frozen_between_steps(city, 1)


@pytest.mark.slow
def test_five_frozen_workers_in_a_row_write_nothing(city: City, seed: int) -> None:
    frozen_anywhere(city, 5, seed)


@pytest.mark.slow
def test_fifteen_workers_frozen_between_steps_write_nothing(city: City) -> None:
    frozen_between_steps(city, 5)
