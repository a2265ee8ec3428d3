"""The role `ingest`: subscribes to the city's MQTT broker and passes on what its sensors say, until it is told to end."""

import asyncio
import signal
from pathlib import Path
from typing import NoReturn

from prometheus_client import CollectorRegistry, ProcessCollector

from talaia.stream.clock import wall_now
from talaia.stream.host_port import host_port
from talaia.stream.lane.endpoint import serve
from talaia.stream.logs import configure_logs
from talaia.stream.settings import WorkerSettings
from talaia.stream.stopping import REFUSED, Stop, die, leave
from talaia.waste.ingest.channels import Channels, channels_of
from talaia.waste.ingest.city import read_city
from talaia.waste.ingest.city_entries import City
from talaia.waste.ingest.doors_file import Doors, read_doors
from talaia.waste.ingest.intake import Intake, PatientSender, pass_on
from talaia.waste.ingest.mqtt import Subscription
from talaia.waste.ingest.uplinks import filters

SOURCE = "talaia/waste/mqtt"


def run_ingest(folder: Path, settings: WorkerSettings) -> NoReturn:
    """Until SIGTERM or SIGINT (exit code 0). A mistake in the city's files ends it at once, with all of them."""
    configure_logs(settings.instance or "waste-ingest")
    try:
        city, doors = read_city(folder), read_doors(folder)
        channels = channels_of(city)
        if not filters(channels):
            raise Stop(f"no sensor in {folder} names a device or a datastream: there is nothing to subscribe to")
        asyncio.run(_run(folder, city, channels, doors, settings))
    except (ValueError, Stop) as why:
        die(REFUSED, str(why))
    leave(0)


async def _run(folder: Path, city: City, channels: Channels, doors: Doors, settings: WorkerSettings) -> None:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    intake = Intake(SOURCE, channels, city.catchment_of(), registry)
    sender = PatientSender(settings)
    subscription = Subscription(
        host_port(doors.mqtt.broker),
        settings.instance or f"{settings.topic_prefix}waste-ingest",
        filters(channels),
        user=doors.mqtt.user,
        password=doors.mqtt.password(folder),
        context=doors.mqtt.context(folder),
    )
    if settings.metrics_port:
        serve(
            settings.metrics_port,
            registry,
            lambda: (subscription.connected, {"mqtt": subscription.connected, "bus": sender.well}),
        )
    async with subscription:
        passing = asyncio.create_task(pass_on(subscription.deliveries, intake.take, sender.send, wall_now))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, passing.cancel)
        try:
            await passing
        except asyncio.CancelledError:
            await sender.close()
