"""A SensorThings server that is asked, over real HTTP: everything new is taken once, whatever else it says is counted."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import encode_basic_auth, web
from prometheus_client import CollectorRegistry
from support.hostile import BODIES, Body
from support.sta_server import PAGE, StaServer
from talaia.contracts.vocabulary import Quantity
from talaia.contracts.waste import Measured
from talaia.stream.processor import Message
from talaia.waste.ingest.channels import Channel
from talaia.waste.ingest.intake import Intake, Tally
from talaia.waste.ingest.sensorthings import SensorThings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHANNELS = {
    "42": Channel(site="T1", sensor="T1.level", quantity=Quantity.LEVEL, unit="cm", datastream="42"),
    "rain": Channel(site="RG1", sensor="RG1.rain", quantity=Quantity.RAINFALL, unit="mm", datastream="rain"),
}


class Door:
    """The door to one server, what it took and what it counts."""

    def __init__(self, server: StaServer, headers: Mapping[str, str] | None = None) -> None:
        self.taken: list[Measured] = []
        self.registry = CollectorRegistry()
        intake = Intake("talaia/waste/sensorthings", {"T1": "upper", "RG1": "upper"}, Tally(self.registry))
        self.door = SensorThings(server.url, headers or {}, CHANNELS, intake, self._send)

    async def _send(self, messages: Sequence[Message]) -> None:
        self.taken += [message.event for message in messages if isinstance(message.event, Measured)]

    async def look(self, now: datetime = NOW) -> list[float]:
        """The values that a look brings."""
        before = len(self.taken)
        await self.door.look(lambda: now)
        return [event.data.value for event in self.taken[before:]]

    def counted(self, outcome: str) -> float:
        return self.registry.get_sample_value("talaia_waste_door_items_total", {"outcome": outcome}) or 0.0


def filled() -> StaServer:
    """A level and the rain of an interval."""
    server = StaServer()
    server.add("42", NOW - 5 * MINUTE, 150.0)
    server.add("'rain'", NOW - 2 * MINUTE, 0.4, start=NOW - 7 * MINUTE)
    return server


async def test_observations_come_in_the_unit_of_their_quantity_at_the_end_of_their_interval() -> None:
    async with filled().running() as server:
        door = Door(server)
        assert await door.look() == pytest.approx([1.5, 0.4])
    assert [(event.subject, event.time) for event in door.taken] == [("T1", NOW - 5 * MINUTE), ("RG1", NOW - 2 * MINUTE)]
    assert door.door.well


async def test_what_was_taken_is_not_taken_again_and_what_came_late_is_found() -> None:
    async with filled().running() as server:
        door = Door(server)
        await door.look()
        server.add("42", NOW + 5 * MINUTE, 170.0)
        server.add("42", NOW - 40 * MINUTE, 110.0)
        assert await door.look(NOW + 6 * MINUTE) == pytest.approx([1.1, 1.7])
        assert await door.look(NOW + 7 * MINUTE) == []


async def test_after_a_start_it_reaches_a_day_back_over_as_many_pages_as_there_are_the_oldest_first() -> None:
    server = filled()
    for number in range(1, 4 * PAGE):
        server.add("42", NOW - number * 10 * MINUTE, float(number))
    async with server.running():
        door = Door(server)
        await door.look()
    levels = [event.time for event in door.taken if event.subject == "T1"]
    assert levels == sorted(levels)
    assert (len(levels), levels[0]) == (145, NOW - timedelta(days=1))


async def test_what_one_look_cannot_ask_for_comes_with_the_next_ones_the_oldest_first_and_each_once() -> None:
    server = StaServer()
    server.page = 2
    minutes = range(0, 23 * 60, 3)
    for minute in minutes:
        server.add("42", NOW - minute * MINUTE, float(minute))
    async with server.running():
        door = Door(server)
        looks = [await door.look(NOW) for _ in range(4)]
        server.add("42", NOW - 30.5 * MINUTE, 7_000.0)
        assert await door.look(NOW) == pytest.approx([70.0])
    assert [len(look) for look in looks] == [200, 199, 61, 0]
    assert [event.data.value for event in door.taken[:-1]] == pytest.approx([minute / 100 for minute in reversed(minutes)])
    assert door.counted("behind") == 2


async def test_a_server_that_never_comes_further_is_said_to_fail() -> None:
    server = StaServer()
    server.page = 1
    for number in range(200):
        server.add("42", NOW - MINUTE, float(number))
    server.add("'rain'", NOW, 0.2)
    async with server.running():
        door = Door(server)
        for _ in range(2):
            await door.look()
    assert (door.door.well, door.counted("sensorthings")) == (False, 1)


async def test_what_lies_in_the_future_is_refused_once_and_taken_when_its_time_has_come() -> None:
    async with filled().running() as server:
        server.add("42", NOW + 5 * MINUTE, 160.0)
        door = Door(server)
        assert await door.look() == pytest.approx([1.5, 0.4])
        assert await door.look(NOW + MINUTE) == []
        assert door.counted("from_the_future") == 1
        assert await door.look(NOW + 5 * MINUTE) == pytest.approx([1.6])
        assert await door.look(NOW + 6 * MINUTE) == []


async def test_whatever_else_stands_among_them_is_counted_once_and_the_good_ones_come() -> None:
    server = filled()
    bad = [None, 1, "a", [], {}, {"result": 1}, {"result": None, "phenomenonTime": NOW.isoformat()}]
    bad += [{"result": 1, "phenomenonTime": said} for said in ("soon", "2026-03-01T11:00:00", "1970-01-01", "x" * 9_999)]
    future = {"result": 200.0, "phenomenonTime": "2099-01-01T00:00:00Z"}
    words = {"result": "high", "phenomenonTime": NOW.isoformat()}
    server.extra = [*bad, future, words]
    async with server.running():
        door = Door(server)
        for _ in range(2):
            await door.look()
    assert [event.data.value for event in door.taken] == pytest.approx([1.5, 0.4])
    assert door.counted("schema") == 2 * (len(bad) + 1)
    assert door.counted("from_the_future") == 2


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.what)
async def test_an_answer_that_is_no_list_of_observations_is_counted_and_the_next_look_works(body: Body) -> None:
    async with filled().running() as server:
        door = Door(server)
        server.instead = web.Response(body=body.content)
        assert await door.look() == []
        assert (door.door.well, door.counted("sensorthings")) == (False, 2)
        server.instead = None
        assert len(await door.look()) == 2
        assert door.door.well


@pytest.mark.parametrize(("status", "headers"), [(404, {}), (500, {}), (302, {"location": "http://127.0.0.1:1/"})])
async def test_a_refusal_and_an_address_elsewhere_are_not_followed(status: int, headers: dict[str, str]) -> None:
    async with filled().running() as server:
        server.instead = web.Response(status=status, headers=headers)
        door = Door(server)
        assert await door.look() == []
        assert (door.door.well, door.counted("sensorthings")) == (False, 2)


async def test_a_next_page_at_another_server_is_not_asked_for() -> None:
    async with filled().running() as server, StaServer().running() as other:
        server.instead = web.Response(body=f'{{"value": [], "@iot.nextLink": "{other.url}/Datastreams(42)/Observations"}}')
        await Door(server).look()
        assert other.asked == 0


@pytest.mark.parametrize("link", ["http://[", "//[::1", "http://a\u2100b/", "http://user@127.0.0.1:1/", "\x00", "http:///x"])
async def test_a_next_page_without_an_address_is_counted_and_the_other_datastreams_are_asked(link: str) -> None:
    async with filled().running() as server:
        door = Door(server)
        server.instead = web.Response(body=json.dumps({"value": [], "@iot.nextLink": link}))
        assert await door.look() == []
        assert (door.door.well, door.counted("sensorthings")) == (False, 2)


async def test_an_observation_that_stands_on_two_pages_is_taken_once() -> None:
    async with filled().running() as server:
        twice = {"phenomenonTime": NOW.isoformat(), "result": 180.0}
        server.extra = [twice, twice]
        assert (await Door(server).look())[:2] == pytest.approx([1.5, 1.8])
        assert len(await Door(server).look()) == 4


async def test_a_datastream_whose_answer_breaks_off_hides_no_other() -> None:
    async with filled().running() as server:
        server.broken = "42"
        door = Door(server)
        assert await door.look() == pytest.approx([0.4])
        assert (door.door.well, door.counted("sensorthings")) == (False, 1)
        server.broken = ""
        assert await door.look() == pytest.approx([1.5])


async def test_a_server_that_is_away_is_asked_again_and_nothing_is_missing() -> None:
    async with filled().running() as server:
        door = Door(server)
    assert await door.look() == []
    assert (door.door.well, door.counted("sensorthings")) == (False, 1)


async def test_a_server_that_asks_who_comes_is_told() -> None:
    server = StaServer("secret")
    server.observations = filled().observations
    async with server.running():
        assert len(await Door(server, {"Authorization": encode_basic_auth("reader", "secret")}).look()) == 2
        assert await Door(server).look() == []
