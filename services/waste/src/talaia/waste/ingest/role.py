"""The role `ingest`: takes in what a city's sensors say, by MQTT, from a SensorThings server, by tables, until it is to end."""

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NoReturn

from aiohttp import encode_basic_auth
from prometheus_client import CollectorRegistry, ProcessCollector

from talaia.stream.clock import wall_now
from talaia.stream.host_port import host_port
from talaia.stream.lane.endpoint import serve
from talaia.stream.logs import configure_logs
from talaia.stream.settings import WorkerSettings
from talaia.stream.stopping import REFUSED, Stop, die, leave
from talaia.waste.ingest.channels import Channels, channels_of
from talaia.waste.ingest.city import read_city
from talaia.waste.ingest.deliveries import Send, pass_on
from talaia.waste.ingest.doors_file import MqttDoor, SensorThingsDoor, read_doors
from talaia.waste.ingest.inbox import Inbox
from talaia.waste.ingest.intake import Intake, PatientSender, Tally
from talaia.waste.ingest.mqtt import Subscription
from talaia.waste.ingest.mqtt_metrics import MqttMetrics
from talaia.waste.ingest.sensorthings import SensorThings
from talaia.waste.ingest.uplinks import filters

BY_MQTT, BY_TABLE, BY_ASKING = "talaia/waste/mqtt", "talaia/waste/table", "talaia/waste/sensorthings"
"""Sources of the events."""


def run_ingest(folder: Path, settings: WorkerSettings) -> NoReturn:
    """Until SIGTERM or SIGINT (exit code 0). A mistake in the city's files ends it at once, with all of them."""
    configure_logs(settings.instance or "waste-ingest")
    try:
        asyncio.run(_Role(folder, settings).run())
    except (ValueError, Stop) as why:
        die(REFUSED, str(why))
    leave(0)


class _Role:
    """The doors of a city. Raises ValueError, Stop."""

    def __init__(self, folder: Path, settings: WorkerSettings) -> None:
        city, doors = read_city(folder), read_doors(folder)
        self._port = settings.metrics_port
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._sender = PatientSender(settings)
        self._mqtt: MqttMetrics | None = None
        self._asked: SensorThings | None = None
        self._open: list[Coroutine[Any, Any, None]] = []
        channels, catchment_of, tally = channels_of(city), city.catchment_of(), Tally(self._registry)
        if doors.mqtt is not None:
            topics = filters(channels, datastreams=doors.sensorthings is None)
            subscription = _subscription(doors.mqtt, folder, topics, settings)
            self._mqtt = MqttMetrics(subscription)
            self._registry.register(self._mqtt)
            by_mqtt = Intake(BY_MQTT, catchment_of, tally)
            self._open.append(self._listen(subscription, channels, by_mqtt))
        if doors.sensorthings is not None:
            by_asking = Intake(BY_ASKING, catchment_of, tally)
            self._asked = _asked(doors.sensorthings, folder, channels, by_asking, self._sender.send)
            self._open.append(self._asked.watch(wall_now, doors.sensorthings.every_s))
        if doors.inbox is not None:
            by_table = Intake(BY_TABLE, catchment_of, tally)
            inbox = Inbox(folder / doors.inbox.folder, channels, city.zone(), by_table, self._sender.send)
            self._open.append(inbox.watch(wall_now))

    async def run(self) -> None:
        """Until a signal."""
        tasks = [asyncio.create_task(door) for door in self._open]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, lambda: [task.cancel() for task in tasks])
        if self._port:
            serve(self._port, self._registry, self._health)
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:
            await self._sender.close()

    def _health(self) -> tuple[bool, dict[str, Any]]:
        facts = {} if self._mqtt is None else self._mqtt.facts()
        if self._asked is not None:
            facts["sensorthings"] = self._asked.well
        return facts.get("mqtt", True) and facts.get("sensorthings", True), facts | {"bus": self._sender.well}

    async def _listen(self, subscription: Subscription, channels: Channels, intake: Intake) -> None:
        async with subscription:
            await pass_on(subscription.deliveries, channels, intake, self._sender.send, wall_now)


def _asked(door: SensorThingsDoor, folder: Path, channels: Channels, intake: Intake, send: Send) -> SensorThings:
    if not channels.by_datastream:
        raise Stop(f"no sensor in {folder} names a datastream: there is nothing to ask a SensorThings server for")
    headers = {"Authorization": encode_basic_auth(door.user, door.password(folder))} if door.user else {}
    return SensorThings(door.url, headers, channels.by_datastream, intake, send)


def _subscription(door: MqttDoor, folder: Path, topics: list[str], settings: WorkerSettings) -> Subscription:
    if not topics:
        raise Stop(f"no sensor in {folder} names a device or a datastream: there is nothing to subscribe to")
    name = settings.instance or f"{settings.topic_prefix}waste-ingest"
    broker, user, password = host_port(door.broker), door.user, door.password(folder)
    return Subscription(broker, name, topics, wall_now, user=user, password=password, context=door.context(folder))
