"""Subscriptions outlive everything: restarts, a view made anew, days of failing; one process at a time sends for each."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.alert_events import AT, MINUTE, register, signal, stands
from support.control_room import ControlRoom
from support.postgres import database_url, postgres
from support.receiver import Receiver
from talaia.alerts.api.feed import ViewFeed
from talaia.alerts.notify.webhooks.addresses import Resolver
from talaia.alerts.notify.webhooks.deliver import LONGEST_PAUSE_MS, Delivery, pause_ms
from talaia.alerts.notify.webhooks.kept import LEASE_MS, Overtaken, Subscriptions
from talaia.alerts.notify.webhooks.payload import Change, payload
from talaia.alerts.notify.webhooks.subscription import Condition, Format, Place, SubscriptionRow, Terms, Why, new_secret

__all__ = ["database_url", "postgres"]
ID = "6b8e4a52-0c5e-4d0c-9a57-2f8a4c1c6f01"


def row(url: str, view_id: str = "elsewhere", form: Format = Format.CLOUDEVENTS) -> SubscriptionRow:
    terms = Terms(url=url, secret=new_secret(), format=form, created_by="engineer", created_at=AT)
    place = Place(view_id=view_id, change=0, at_ms=0)
    document = msgspec.json.encode(terms).decode()
    return SubscriptionRow(subscription_id=ID, document=document, **msgspec.structs.asdict(place))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ControlRoom]:
    found = ControlRoom(tmp_path)
    yield found
    found.close()


def test_of_two_processes_one_sends_and_the_other_takes_over_when_it_says_nothing(database_url: str) -> None:
    one, other = Subscriptions(database_url), Subscriptions(database_url)
    assert one.add(row("http://127.0.0.1/"), 1)
    assert not one.add(row("http://127.0.0.1/"), 1)
    leased = one.lease(ID, 1_000)
    assert leased is not None
    if "postgresql" in database_url:
        assert other.lease(ID, 1_000 + LEASE_MS) is None
        assert other.lease(ID, 1_001 + LEASE_MS) is not None
        with pytest.raises(Overtaken):
            one.keep(leased, 2_000)
    assert other.decide(ID, condition=Condition.PAUSED, why=Why.ASKED) is not None
    with pytest.raises(Overtaken):
        one.release(leased)
    assert one.remove(ID)
    assert one.lease(ID, 99_000_000) is None
    one.close()
    other.close()


async def test_a_subscriber_that_fails_for_three_days_is_paused_with_its_reason_and_its_place(room: ControlRoom) -> None:
    await room.send([register(AT, webhook_networks=["127.0.0.0/8"]), signal("T1", AT)])
    dead = Receiver()
    room.subscriptions.add(row(dead.url), 1)
    times = iter(AT + timedelta(hours=n) for n in range(1_000))

    def clock() -> datetime:
        return next(times)

    leased = room.subscriptions.lease(ID, 1)
    assert leased is not None
    await Delivery(leased, room.subscriptions, ViewFeed(lambda: room), Resolver(), clock).run()
    kept = room.subscriptions.one(ID)
    assert kept is not None
    assert (kept.condition, kept.why, kept.delivered, kept.change) == (Condition.PAUSED, Why.FAILED, 0, 0)
    assert kept.failures > 1
    assert "cannot be reached" in kept.error


async def test_after_a_view_is_made_anew_a_subscriber_goes_on_an_hour_back(room: ControlRoom) -> None:
    await room.send([register(AT)])
    for minute in range(0, 181, 60):
        await room.send([signal(f"T{minute}", AT + minute * MINUTE)])
    feed, old = ViewFeed(lambda: room), row("http://127.0.0.1/")
    told = int((AT + 155 * MINUTE).timestamp() * 1000)
    page = feed.page(Place(view_id="the one before", change=99_999, at_ms=told), old.terms, 20)
    sites = [msgspec.json.decode(change.alarm)["location"]["site"] for change in page.changes]
    assert set(sites) == {"T120", "T180"}
    assert page.start.view_id == room.view_id


@pytest.mark.parametrize("condition", ["active", "normal"])
def test_an_alarm_is_said_as_alertmanager_says_it(condition: str) -> None:
    event = stands(3).event
    alarm = msgspec.to_builtins(event)["data"] | {"condition": condition, "domain": "waste"}  # type: ignore[call-overload]
    change = Change(1, "0f5d3a52-6f0e-5d53-9a3e-3c0c2f6c9b1e", 0, msgspec.json.encode(alarm).decode())
    said = msgspec.json.decode(payload(change, ID, Format.ALERTMANAGER).body)
    assert said["version"] == "4"
    assert said["status"] == said["alerts"][0]["status"] == ("firing" if condition == "active" else "resolved")
    assert said["alerts"][0]["labels"]["alertname"] == "waste.overflow_expected"
    assert len(said["alerts"][0]["fingerprint"]) == 16
    assert payload(change, ID, Format.CLOUDEVENTS).webhook_id == payload(change, ID, Format.ALERTMANAGER).webhook_id


@given(st.floats(0, 1))
def test_pauses_grow_to_an_hour_and_no_further(chance: float) -> None:
    pauses = [pause_ms(failures, chance) for failures in range(100)]
    assert all(one <= other for one, other in pairwise(pauses))
    assert 500 <= pauses[0] <= 1_000
    assert LONGEST_PAUSE_MS / 2 <= pauses[-1] <= LONGEST_PAUSE_MS


def test_the_file_of_subscriptions_is_for_its_process_alone(room: ControlRoom, tmp_path: Path) -> None:
    room.subscriptions.add(row("http://127.0.0.1/"), 1)
    (file,) = tmp_path.glob("*webhooks.sqlite")
    assert file.stat().st_mode & 0o077 == 0


def test_two_subscribers_have_ids_of_their_own_for_one_change() -> None:
    change = Change(1, "0f5d3a52-6f0e-5d53-9a3e-3c0c2f6c9b1e", 0, '{"alarm_id":"a","changed_at":"2026-03-01T02:10:00Z"}')
    assert len({payload(change, each, Format.CLOUDEVENTS).webhook_id for each in (ID, ID.replace("6b", "7c"))}) == 2
