"""Ten programs are told of every change by webhook: a dead, a slow and a stumbling one trouble only themselves."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from support.alert_events import MINUTE, now, register, signal
from support.asking import ask
from support.control_room import ControlRoom, Served, application
from support.processes import wait_for
from support.receiver import Receiver, out_of_order
from talaia.alerts.api.feed import ViewFeed
from talaia.alerts.notify.webhooks.dispatch import Dispatch
from talaia.alerts.view.tables import AlarmChangeRow
from talaia.contracts.vocabulary import SignalState
from talaia.stream.clock import wall_now

ROUNDS = 8
SITES = 3


@dataclass
class House:
    """A control room that is served and sends webhooks."""

    served: Served
    committed_s: dict[str, float] = field(default_factory=dict)

    def subscribe(self, receiver: Receiver, **terms: Any) -> str:
        answer = ask("POST", f"{self.served.url}/v1/subscriptions", json={"url": receiver.url, **terms})
        assert answer.status_code == 201, answer.text
        receiver.secret = answer.json()["secret"]
        return str(answer.json()["subscription_id"])

    def look(self, subscription_id: str) -> dict[str, Any]:
        return dict(ask("GET", f"{self.served.url}/v1/subscriptions/{subscription_id}").json())

    def decide(self, subscription_id: str, what: str, **body: Any) -> None:
        answer = ask("POST", f"{self.served.url}/v1/subscriptions/{subscription_id}/{what}", json=body or None)
        assert answer.status_code == 200, answer.text

    def happens(self, number: int) -> None:
        """Every site's condition begins, or ends; from now on these changes may be told."""
        state = SignalState.ENDED if number % 2 else SignalState.BEGAN
        at = now() - MINUTE + timedelta(milliseconds=number)
        self.served.say(*(signal(f"T{site}", at, state) for site in range(SITES)))
        self.changes()

    def changes(self) -> list[str]:
        """All changes so far, in the order in which the view took them."""
        with self.served.room.session() as session:
            found = list(session.exec(select(AlarmChangeRow.change_id).order_by(col(AlarmChangeRow.change))))
        for change_id in found:
            self.committed_s.setdefault(change_id, time.monotonic())
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    room = ControlRoom(tmp_path)
    dispatch = Dispatch(room.subscriptions, ViewFeed(lambda: room), wall_now)
    served = Served(application(room, lifespan=lambda _: dispatch.running()), room)
    served.start()
    served.say(register(now() - 60 * MINUTE, webhook_networks=["127.0.0.0/8"]))
    yield House(served)
    served.stop()
    room.close()


@pytest.fixture
def receivers() -> Iterator[list[Receiver]]:
    """Seven that are well, one slow, one that answers 500 half the time, one dead."""
    chance = random.Random(7)
    found = [Receiver().start() for _ in range(7)]
    found += [Receiver(slow_s=5).start(), Receiver(lambda _: chance.choice((200, 500))).start(), Receiver()]
    yield found
    for receiver in found:
        receiver.stop()


def test_a_dead_a_slow_and_a_stumbling_subscriber_hold_up_nobody_and_miss_nothing(
    house: House, receivers: list[Receiver]
) -> None:
    *well, slow, stumbling, dead = receivers
    subscriptions = [house.subscribe(receiver) for receiver in receivers]
    for number in range(ROUNDS):
        house.happens(number)
        wait_for(lambda: all(len(each.taken) >= SITES * (number + 1) for each in well), f"round {number}")  # noqa: B023
    every = house.changes()
    assert len(every) >= ROUNDS * SITES
    late_s = sorted(each.at_s - house.committed_s[each.said["id"]] for one in well for each in one.taken)
    p99_s = late_s[int(0.99 * len(late_s))]
    print(f"{len(late_s)} deliveries, p99 {p99_s:.3f} s, longest {late_s[-1]:.3f} s")
    assert p99_s < 2
    assert len(slow.taken) < len(every)
    assert dead.taken == []
    assert house.look(subscriptions[-1])["waiting"] == len(every)
    slow.hurried.set()
    dead.start()
    house.decide(subscriptions[-1], "resume")
    wait_for(lambda: all(len(each.taken) >= len(every) for each in receivers), "everybody to be told everything", 120)
    for receiver in receivers:
        assert receiver.ids() == every
        assert out_of_order(receiver) == []
    assert len(stumbling.requests) > len(every)
    assert house.look(subscriptions[-1])["waiting"] == 0


def test_a_snapshot_comes_first_and_a_replay_repeats_what_was_told_under_the_same_ids(house: House) -> None:
    begun = now() - 2 * MINUTE
    house.happens(0)
    receiver = Receiver().start()
    subscription = house.subscribe(receiver, start="snapshot", filter={"kind": ["waste.overflow_expected"]})
    wait_for(lambda: len(receiver.taken) >= SITES, "the snapshot")
    house.happens(1)
    wait_for(lambda: len(receiver.taken) >= 2 * SITES, "what changed since")
    assert out_of_order(receiver) == []
    first = [each.webhook_id for each in receiver.taken]
    house.decide(subscription, "replay", start=begun.isoformat())
    wait_for(lambda: len(receiver.taken) >= len(first) + len(house.changes()), "the replay")
    assert set(first) <= {each.webhook_id for each in receiver.taken[len(first) :]}
    receiver.stop()


def test_a_receiver_that_is_gone_or_redirects_is_told_no_more_and_nothing_is_lost(house: House) -> None:
    gone, moved = Receiver(lambda _: 410).start(), Receiver(lambda _: 307).start()
    ones = house.subscribe(gone), house.subscribe(moved)
    house.happens(0)
    wait_for(lambda: house.look(ones[0])["why"] == "gone", "the subscription to be paused")
    assert house.look(ones[0])["dead_letters"] == SITES
    wait_for(lambda: "redirects" in house.look(ones[1])["last_error"], "what became of it")
    assert len(moved.requests) <= house.look(ones[1])["failures"] + 1, "it went where it was redirected to"
    gone.answers = lambda _: 200
    house.decide(ones[0], "resume")
    wait_for(lambda: gone.ids() == house.changes(), "what had waited")
    for receiver in (gone, moved):
        receiver.stop()
