"""How an API writes events to the bus: it starts without one, and says 503 while there is none."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable

_DEADLINE_S = 5.0


class Sender:
    """A producer that is started by the first event, and anew after a failure. Who comes while it starts shares that start."""

    def __init__(self, settings: BusSettings) -> None:
        self._settings = settings
        self._producer: Producer | None = None
        self._starting: asyncio.Task[Producer] | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def send(self, messages: Sequence[Message]) -> None:
        """All messages, acknowledged when this returns. Raises BusUnavailable: then some may arrive nevertheless."""
        if not messages:
            return
        producer = await self._started()
        try:
            await producer.send(messages)
        except BusUnavailable:
            self._end(producer)
            raise

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Ends the producer with the context."""
        try:
            yield
        finally:
            if self._starting is not None:
                await asyncio.wait([self._starting])
            if self._producer is not None:
                self._end(self._producer)
            await asyncio.gather(*self._ending)

    async def _started(self) -> Producer:
        if self._producer is not None:
            return self._producer
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        return await asyncio.shield(self._starting)  # who gives up waiting takes no other along

    async def _start(self) -> Producer:
        try:
            self._producer = await Producer(self._settings, deadline_s=_DEADLINE_S).__aenter__()
            return self._producer
        finally:
            self._starting = None

    def _end(self, producer: Producer) -> None:
        if self._producer is producer:
            self._producer = None
            task = asyncio.create_task(producer.__aexit__(None, None, None))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
