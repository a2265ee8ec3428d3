"""Whether what was there at the start is still there. A right that is taken away or a topic that is deleted is told late or
never by those who use it: a consumer gets nothing, a producer tries again.
"""

import asyncio
from collections.abc import Callable

from talaia.stream.stopping import UNAVAILABLE, Stop, die
from talaia.stream.unavailable import BusLacks, BusUnavailable

TopicIds = dict[str, str]


class Inspection:
    """Asks again what the preflight asked. look: the preflight; ids: what it found at the start."""

    def __init__(self, look: Callable[[], TopicIds], ids: TopicIds) -> None:
        self._look, self._ids = look, ids
        self._before = ""

    async def look(self) -> None:
        """Look once; what is found twice in a row ends the worker. While Kafka is away nothing is found."""
        found = await asyncio.to_thread(self._found)
        if found and found == self._before:
            die(UNAVAILABLE, found)
        self._before = found

    def _found(self) -> str:
        try:
            ids = self._look()
        except (BusLacks, Stop) as why:
            return str(why)
        except BusUnavailable:
            return ""
        anew = [topic for topic, known in self._ids.items() if ids[topic] != known]
        return f"topic {', '.join(anew)} was deleted and made anew" if anew else ""
