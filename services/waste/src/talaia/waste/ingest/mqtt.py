"""MQTT: what a broker delivers, each acknowledged when the bus has it. What was not, the broker delivers again.

The session outlives a connection (`clean_session` off), so a broker keeps what comes while this process is away, as far as
its own limits go. QoS 1: more than once is possible, and known by the ids of events.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from talaia.stream.host_port import HostPort
from talaia.waste.ingest.deliveries import LONGEST_BYTES, Delivery

QOS = 1
MOST_WAITING = 1_000
"""Deliveries that wait here; with more, the broker waits."""
_KEEPALIVE_S = 30
_LONGEST_PAUSE_S = 30
_LOOK_S = 0.5

log = logging.getLogger(__name__)


class Subscription:
    """A connection to a broker that is made again whenever it is lost. Use as an async context manager.

    name: under which the broker keeps the session; no other client may have it. filters: of topics. reconnects: how often
    the connection was made anew; last_message_at: by `clock`, None before the first message.
    """

    def __init__(
        self,
        broker: HostPort,
        name: str,
        filters: Sequence[str],
        clock: Callable[[], datetime],
        *,
        user: str = "",
        password: str = "",
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.deliveries: asyncio.Queue[Delivery] = asyncio.Queue(MOST_WAITING)
        self.connected = False
        self.reconnects = 0
        self.last_message_at: datetime | None = None
        self._clock = clock
        self._broker = broker
        self._filters = list(filters)
        self._session = 0
        self._closing = False
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False, manual_ack=True)
        self._client.reconnect_delay_set(1, _LONGEST_PAUSE_S)
        if user:
            self._client.username_pw_set(user, password)
        if context is not None:
            self._client.tls_set_context(context)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._listening = asyncio.Event()
        self._client.connect_async(self._broker.host, self._broker.port, _KEEPALIVE_S)
        self._client.loop_start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing = True
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    async def listening(self) -> None:
        """Return when the broker has taken the subscription."""
        await self._listening.wait()

    # What follows runs in the client's thread.

    def _on_connect(self, _client: Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            log.error(f"MQTT broker {self._broker} refuses: {reason}: correct user, password_file or ca_file in doors.toml")
            return
        self.reconnects = self._session
        self._session += 1
        self.connected = True
        log.info(f"connected to MQTT broker {self._broker}")
        self._client.subscribe([(each, QOS) for each in self._filters])

    def _on_disconnect(self, _client: Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if self.connected and not self._closing:
            log.warning(f"MQTT broker {self._broker} is away ({reason}); trying again")
        self.connected = False

    def _on_subscribe(self, _client: Client, _data: Any, _id: int, reasons: Sequence[Any], _more: Any) -> None:
        refused = [topic for topic, reason in zip(self._filters, reasons, strict=False) if reason.is_failure]
        if refused:
            log.error(f"MQTT broker {self._broker} does not let this user subscribe to {', '.join(refused)}: grant it")
        self._loop.call_soon_threadsafe(self._listening.set)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        session = self._session
        self.last_message_at = self._clock()

        def acknowledge() -> None:
            # of an older connection the number may belong to another message by now; the broker delivers this one again
            if session == self._session:
                self._client.ack(message.mid, message.qos)

        # one that is too long is refused anyhow: a thousand of these must not wait here whole
        delivery = Delivery(message.topic, bytes(message.payload[: LONGEST_BYTES + 1]), acknowledge)
        waiting = asyncio.run_coroutine_threadsafe(self.deliveries.put(delivery), self._loop)
        while not self._closing:
            with contextlib.suppress(TimeoutError):
                waiting.result(_LOOK_S)
                return
        waiting.cancel()
