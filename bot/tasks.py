"""Work after the answer to Slack: tracked, so that none is lost at shutdown or fails unheard."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_kept: set[asyncio.Task[Any]] = set()


async def in_time(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Return what the work returns; give it up and raise TimeoutError where it takes longer.

    `asyncio.timeout` would wait until the work has ended, and over a dead line psycopg takes up to
    ten seconds to be cancelled.
    """
    task = asyncio.create_task(work)
    _kept.add(task)
    task.add_done_callback(_forget)
    try:
        if (await asyncio.wait([task], timeout=seconds))[0]:
            return task.result()
    finally:
        task.cancel()
    raise TimeoutError


def _forget(task: asyncio.Task[Any]) -> None:
    _kept.discard(task)
    _ = task.cancelled() or task.exception()  # heard, as nobody is left who wants it


class Patience:
    """How long a process that ends waits for its parts: for each, and for all of them together."""

    def __init__(self, *, each: float, together: float) -> None:
        """Take both in seconds; the sum is counted from the first part on."""
        self._each = each
        self._together = together
        self._end: float | None = None

    def next(self) -> float:
        """Return the seconds for the next part: never more than half of what is left for all."""
        now = time.monotonic()
        if self._end is None:
            self._end = now + self._together
        return min(self._each, max(0.0, self._end - now) / 2)


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

    async def drain(self, patience: Patience) -> int:
        """Wait for what runs; cancel the rest and return how many."""
        if not self._running:
            return 0
        _, left = await asyncio.wait(self._running, timeout=patience.next())
        for task in left:
            task.cancel()
        if left:  # they give back what they hold, such as connections, while it can be given back
            await asyncio.wait(left, timeout=patience.next())
        return len(left)
