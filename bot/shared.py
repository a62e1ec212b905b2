"""A value kept for a while, asked for once however many want it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Keep what `fetch` returned for some seconds, with one fetch under way at a time."""

    def __init__(self, fetch: Callable[[], Awaitable[T]], *, seconds: float) -> None:
        """Fetch nothing yet."""
        self._fetch = fetch
        self._seconds = seconds
        self._kept: tuple[T, float] | None = None
        self._asking: asyncio.Task[T] | None = None

    async def get(self, *, fresh: bool) -> T:
        """Return the value kept, or join the fetch under way; `fresh` passes over what is kept.

        Raises what the fetch raised, to everybody who waited for it; an error is not kept.
        """
        if self._kept and not fresh and time.monotonic() < self._kept[1]:
            return self._kept[0]
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._done)
        # One who gives up waiting must not take the answer away from the others.
        return await asyncio.shield(self._asking)

    @property
    def latest(self) -> T | None:
        """What was fetched last, however long ago; None before that."""
        return self._kept[0] if self._kept else None

    async def close(self) -> None:
        """Stop the fetch that is under way."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def _ask(self) -> T:
        value = await self._fetch()
        self._kept = (value, time.monotonic() + self._seconds)
        return value

    def _done(self, _task: asyncio.Task[T]) -> None:
        self._asking = None
