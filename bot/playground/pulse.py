"""Tell whoever waits that something changed."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Pulse:
    """Count changes and wake those who wait for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def beat(self) -> None:
        """Say that something changed."""
        self.count += 1
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def after(self, count: int) -> int:
        """Wait until there were more than `count` changes and return how many there were."""
        while self.count <= count:
            future = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            await future
        return self.count

    async def until(self, look: Callable[[], Found | None]) -> Found:
        """Look again after each change until there is something to see, and return it."""
        count = self.count
        while (found := look()) is None:
            count = await self.after(count)
        return found
