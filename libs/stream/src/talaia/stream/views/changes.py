"""Tells whoever waits that a view changed. What changed stands in the view, so a slow listener costs no memory."""

import asyncio


class Changes:
    """The number of a view's last committed change, and a way to wait for the next. For one event loop."""

    def __init__(self) -> None:
        self.latest = 0
        self.closed = False
        self._risen = asyncio.Event()

    def rise(self, to: int) -> None:
        """The view was committed up to this change."""
        if to > self.latest:
            self.begin(to)

    def begin(self, at: int) -> None:
        """Another view is shown from now on, up to this change of its own."""
        self.latest = at
        self._wake()

    def close(self) -> None:
        """Nobody need wait any more: the process ends."""
        self.closed = True
        self._wake()

    async def wait(self, after: int, longest_s: float) -> None:
        """Until there is a change greater than `after`, all is closed, or time is up."""
        if self.latest > after or self.closed:
            return
        try:
            async with asyncio.timeout(longest_s):
                await self._risen.wait()
        except TimeoutError:
            pass

    def _wake(self) -> None:
        self._risen.set()
        self._risen = asyncio.Event()
