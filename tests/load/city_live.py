"""A city of 2,000 sites with telemetry once a minute on one waste worker: what of a core it needs."""

import asyncio
import threading
import uuid

from load.city_job import configured, measured
from load.contest import Figures, run
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.stream.worker import topics_of
from talaia.waste.worker.stream import WasteProcessor

BAR = 0.1
SECONDS = 300
_EVERY_S = 0.1


def measure(bootstrap: str, seconds: int = SECONDS) -> Figures:
    """Share of a core and events a second while the city is told as it comes, at the wall's pace."""
    settings = BusSettings(kafka_bootstrap=bootstrap, topic_prefix=f"l{uuid.uuid4().hex[:6]}.")
    topics.apply(settings, topics_of(WasteProcessor()))
    ended = threading.Event()
    telling = threading.Thread(target=lambda: asyncio.run(_tell(settings, ended)))
    telling.start()
    try:
        found = run("run_waste_live", bootstrap, settings.topic_prefix, {"BENCH_SECONDS": str(seconds)})
    finally:
        ended.set()
        telling.join()
    print(f"waste live: {found}", flush=True)
    return found


def misses(found: Figures) -> list[str]:
    """The bar, if it is not met."""
    if found["core_share"] <= BAR:
        return []
    return [f"a city of 2,000 sites needs {found['core_share']:.1%} of a core, the bar is {BAR:.0%}"]


async def _tell(settings: BusSettings, ended: threading.Event) -> None:
    told = wall_now()
    async with Producer(settings) as producer:
        await producer.send(list(configured(told)))
        while not ended.is_set():
            await asyncio.sleep(_EVERY_S)
            now = wall_now()
            if messages := sorted(measured(told, now), key=lambda message: message.event.recordedtime):
                await producer.send(messages)
            told = now
