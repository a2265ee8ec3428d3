"""The alerts API with many alarms, some of which change all the time until FOLDER/rest is there; FOLDER/rested then says the
last change of the view. `python -m support.restless_alarms FOLDER PORT ALARMS` serves it.
"""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import count, islice
from pathlib import Path

from support.alert_events import stands
from support.control_room import ControlRoom, application
from talaia.alerts.view.importance import ShownState
from talaia.stream.processor import Message
from talaia.web.serve import serve

AT_ONCE = 50
PAUSE_S = 0.02


def said(alarms: int) -> Iterator[Message]:
    """Every alarm is open; then any of them changes, for ever."""
    chance = random.Random(1)
    for number in count():
        alarm = number if number < alarms else chance.randrange(alarms)
        shown = ShownState.UNACKNOWLEDGED if number < alarms else chance.choice(list(ShownState))
        yield stands(number, f"alarm-{alarm}", shown)


@asynccontextmanager
async def restless(room: ControlRoom, messages: Iterator[Message], folder: Path) -> AsyncIterator[None]:
    """Some messages after others, as long as this lasts."""

    async def send() -> None:
        while not (folder / "rest").exists():
            await room.send(list(islice(messages, AT_ONCE)))
            await asyncio.sleep(PAUSE_S)
        (folder / "rested").write_text(str(room.changes.latest))

    sending = asyncio.create_task(send())
    yield
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending


def main(folder: Path, port: int, alarms: int) -> None:
    """Serve."""
    room, messages = ControlRoom(folder), said(alarms)
    room.worker_runs = False
    asyncio.run(room.send(list(islice(messages, alarms))))
    app = application(room, lifespan=lambda _app: restless(room, messages, folder))
    serve(app, "127.0.0.1", port, stopping=room.changes.close)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
