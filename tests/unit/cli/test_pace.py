import time
from datetime import UTC, datetime, timedelta

import pytest
from talaia.cli.replay import pace
from talaia.cli.replay.pace import AHEAD, AHEAD_EVENTS, Beat, Leash
from talaia.cli.replay.verb import speed_factor
from talaia.cli.trouble import Trouble

_START = datetime(2000, 1, 1, tzinfo=UTC)
_PLACE = ("t", 0)


class _Reader:
    """A worker that commits some more events each time it is asked."""

    def __init__(self, lags: list[int]) -> None:
        self.lags = lags

    async def __call__(self) -> dict[tuple[str, int], int]:
        return {_PLACE: self.lags.pop(0) if len(self.lags) > 1 else self.lags[0]}


def test_at_factor_sixty_an_hour_is_due_in_a_minute() -> None:
    beat = Beat(60)
    assert beat.due_in_s(_START) <= 0
    assert 59 < beat.due_in_s(_START + timedelta(hours=1)) <= 60


def test_without_a_factor_everything_is_due_at_once() -> None:
    assert Beat(0).due_in_s(_START + timedelta(days=9)) == 0


def test_time_lost_in_waiting_is_not_made_up_for() -> None:
    beat = Beat(60)
    beat.due_in_s(_START)
    beat.waited(5)
    assert 64 < beat.due_in_s(_START + timedelta(hours=1)) <= 65


async def test_a_paced_replay_waits_while_the_oldest_uncommitted_event_is_five_minutes_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "_LOOK_EVERY_S", 0.001)
    leash = Leash(_Reader([3, 2, 1]), paced=True)
    for minute in range(3):
        leash.sent(_PLACE, _START + timedelta(minutes=minute))
    assert not leash.far(_START + AHEAD)
    beyond = _START + AHEAD + timedelta(minutes=1, seconds=1)
    assert leash.far(beyond)
    await leash.hold(beyond)
    assert not leash.far(beyond)


async def test_at_full_speed_the_number_of_uncommitted_events_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_LOOK_EVERY_S", 0.001)
    leash = Leash(_Reader([AHEAD_EVENTS + 1, AHEAD_EVENTS]), paced=False)
    for second in range(AHEAD_EVENTS + 1):
        leash.sent(_PLACE, _START + timedelta(days=second))
    assert leash.far(_START)
    await leash.hold(_START)
    assert not leash.far(_START)


async def test_a_worker_that_stands_still_ends_the_replay_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(pace, "STALLED_S", 0.05)
    leash = Leash(_Reader([1]), paced=True)
    leash.sent(_PLACE, _START)
    started = time.monotonic()
    with pytest.raises(Trouble, match="is the worker running"):
        await leash.hold(_START + timedelta(hours=1))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(("said", "factor"), [("max", 0.0), ("60", 60.0), ("0.5", 0.5)])
def test_a_speed_is_a_factor_or_max(said: str, factor: float) -> None:
    assert speed_factor(said) == factor


@pytest.mark.parametrize("said", ["0", "-1", "fast", "nan", "inf", ""])
def test_another_speed_is_refused_with_an_example(said: str) -> None:
    with pytest.raises(Trouble, match="60: an hour in a minute"):
        speed_factor(said)
