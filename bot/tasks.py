"""Work after the answer to Slack: tracked, so that none is lost at shutdown or fails unheard."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """Runs coroutines in the background and knows which are left."""

    def __init__(self) -> None:
        """Begin with none."""
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work in the background; it must answer for its own errors."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def start_and_wait(self, work: Coroutine[Any, Any, None], *, within: float) -> None:
        """Run work, and wait for it some seconds; after that it goes on by itself."""
        await asyncio.wait([self.start(work)], timeout=within)

    async def drain(self, within: float) -> int:
        """Wait for what runs, `within` seconds at most; cancel the rest and return how many."""
        if not self._running:
            return 0
        _, left = await asyncio.wait(self._running, timeout=within)
        for task in left:
            task.cancel()
        if left:  # they give back what they hold, such as connections, while it can be given back
            await asyncio.wait(left, timeout=within)
        return len(left)
