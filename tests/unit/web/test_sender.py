"""How an API writes to a bus that does not answer."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from support.alert_events import alive
from support.web import AS_OF
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable
from talaia.web.sender import Sender


class SilentBroker:
    """Takes connections and says nothing."""

    def __init__(self) -> None:
        self.taken = 0
        self.settings = BusSettings()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.taken += 1
        await reader.read()
        writer.close()


@pytest.fixture
async def silent() -> AsyncIterator[SilentBroker]:
    broker = SilentBroker()
    async with await asyncio.start_server(broker.take, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        broker.settings = BusSettings(kafka_bootstrap=f"127.0.0.1:{port}")
        yield broker


async def test_all_who_wait_for_a_bus_that_does_not_answer_get_the_failure_of_one_start(silent: SilentBroker) -> None:
    sender = Sender(silent.settings)
    async with sender.running():
        answers = await asyncio.gather(*(sender.send([alive(AS_OF)]) for _ in range(4)), return_exceptions=True)
        assert isinstance(answers[0], BusUnavailable)
        assert {id(answer) for answer in answers} == {id(answers[0])}
        of_one_start = silent.taken
        with pytest.raises(BusUnavailable):
            await sender.send([alive(AS_OF)])  # who comes later starts anew
        assert silent.taken == 2 * of_one_start


async def test_who_gives_up_waiting_for_the_bus_takes_no_other_along(silent: SilentBroker) -> None:
    sender = Sender(silent.settings)
    async with sender.running():
        first, second = (asyncio.create_task(sender.send([alive(AS_OF)])) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(BusUnavailable):
            await second
        assert first.cancelled()
