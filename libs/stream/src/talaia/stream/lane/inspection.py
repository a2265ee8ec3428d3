"""Whether what was there at the start is still there. A right that is taken away or a topic that is deleted is told late or
never by those who use it: a consumer gets nothing, a producer tries again.
"""

import asyncio
from collections.abc import Callable

from talaia.stream.stopping import Stop
from talaia.stream.unavailable import BusLacks, BusUnavailable

TopicIds = dict[str, str]


class Inspection:
    """Asks again what the preflight asked. look: the preflight; ids: what it found at the start."""

    def __init__(self, look: Callable[[], TopicIds], ids: TopicIds) -> None:
        self._look, self._ids = look, ids
        self._before = ""

    async def complaint(self) -> str | None:
        """Look once. What is found twice in a row is a reason to end; while Kafka is away nothing is found."""
        before, self._before = self._before, await asyncio.to_thread(self._found)
        return self._before if self._before and self._before == before else None

    def _found(self) -> str:
        try:
            ids = self._look()
        except (BusLacks, Stop) as why:
            return str(why)
        except BusUnavailable:
            return ""
        anew = [topic for topic, known in self._ids.items() if ids[topic] != known]
        return f"topic {', '.join(anew)} was deleted and made anew" if anew else ""
