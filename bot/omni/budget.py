"""Omni's 60 requests a minute with one API key, dealt out so that what is decided comes first.

Who waits stands in one of three lines. The count is kept for all processes together by a
`Budget`; a process sends at most one asker of each line to look at it at a time.
"""

import asyncio
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Protocol

from bot import metrics
from bot.metrics import Number
from bot.omni.errors import RateLimited
from bot.omni.wire import LONGEST_WAIT

#: Seconds: a minute, and a little for requests that travel for unequally long.
WINDOW = 61.0


class Line(IntEnum):
    """Who waits for a turn, by how many requests of a minute may be gone before they have to."""

    BACKGROUND = 35  # whatever nobody waits for
    PEOPLE = 50  # somebody looks at a screen
    DECIDED = 60  # a change is approved, or already half done


#: Seconds that each line waits for a turn before it is refused.
PATIENCE = {Line.BACKGROUND: 0.0, Line.PEOPLE: 75.0, Line.DECIDED: 5.0}


@dataclass(frozen=True, slots=True)
class Ledger:
    """When the latest requests were sent, and until when Omni asked for none, in seconds."""

    sent: tuple[float, ...] = ()
    closed_until: float = 0.0

    def wait(self, line: Line, count: int, now: float) -> float:
        """Return the seconds until a line may send `count` requests at once; 0 is now."""
        recent = self._recent(now)
        closed = self._closed(now)
        over = len(recent) + count - line
        return closed if over <= 0 else max(recent[over - 1] + WINDOW - now, closed)

    def spend(self, count: int, now: float) -> "Ledger":
        """Return the ledger with `count` more requests in it."""
        return replace(self, sent=(*self._recent(now), *[now] * count))

    def close(self, seconds: float, now: float) -> "Ledger":
        """Return the ledger in which nothing is sent for some seconds."""
        return replace(self, closed_until=now + max(self._closed(now), seconds))

    def _closed(self, now: float) -> float:
        # What lies farther ahead than Omni is ever waited for is of a clock that was set back.
        ahead = self.closed_until - now
        return ahead if 0.0 < ahead <= LONGEST_WAIT else 0.0

    def _recent(self, now: float) -> tuple[float, ...]:
        # What lies ahead was written before the clock was set back, and would never end.
        return tuple(at for at in self.sent if now - WINDOW < at <= now)


class Budget(Protocol):
    """Keeps the ledger of one API key."""

    async def take(self, line: Line, count: int) -> float:
        """Spend `count` requests and return 0, or spend none and return the seconds to wait."""

    async def close(self, seconds: float) -> None:
        """Let nobody send anything for some seconds, because Omni asked for that."""


class MemoryBudget:
    """Keeps the ledger of a process that is the only one."""

    def __init__(self) -> None:
        """Begin with nothing spent."""
        self._ledger = Ledger()

    async def take(self, line: Line, count: int) -> float:
        """Spend `count` requests and return 0, or spend none and return the seconds to wait."""
        now = time.monotonic()
        if wait := self._ledger.wait(line, count, now):
            return wait
        self._ledger = self._ledger.spend(count, now)
        return 0.0

    async def close(self, seconds: float) -> None:
        """Let nobody send anything for some seconds."""
        self._ledger = self._ledger.close(seconds, time.monotonic())


@dataclass(slots=True)
class _Spending:
    """For whom requests are made, and how many of them have their turn already."""

    line: Line
    booked: int = 0


_spending: ContextVar[_Spending | None] = ContextVar("spending", default=None)


@contextmanager
def in_line(line: Line) -> Iterator[None]:
    """Make all requests inside wait in a line; without this they are for people."""
    token = _spending.set(_Spending(line))
    try:
        yield
    finally:
        _spending.reset(token)


@dataclass(slots=True)
class Turns:
    """Gives each request its turn, first come first served within a line."""

    budget: Budget
    _heads: dict[Line, asyncio.Lock] = field(
        default_factory=lambda: {line: asyncio.Lock() for line in Line}
    )
    _next: float = 0.0  # when the people's line goes on, by this process's monotonic clock

    @property
    def wait(self) -> float:
        """The seconds that people who wait now will wait at least; 0 where nobody waits."""
        return max(self._next - time.monotonic(), 0.0) if self._heads[Line.PEOPLE].locked() else 0.0

    async def one(self) -> None:
        """Wait for the turn of one request; raise `RateLimited` where that takes too long."""
        spending = _spending.get()
        if spending is not None and spending.booked > 0:
            spending.booked -= 1
            return
        await self._wait(spending.line if spending else Line.PEOPLE, 1)

    async def book(self, count: int) -> None:
        """Wait once for the turns of the next `count` requests in this line; raises as `one`.

        Turns that are booked and not used yet count.
        """
        spending = _spending.get()
        if spending is None:
            raise LookupError("turns are booked inside `in_line`")
        booked, spending.booked = spending.booked, 0  # where it is refused, all are booked anew
        if booked < count:
            await self._wait(spending.line, count - booked)
        spending.booked = max(booked, count)

    async def _wait(self, line: Line, count: int) -> None:
        began = time.monotonic()
        try:
            await self._stand(line, count, until=began + PATIENCE[line])
        finally:
            waited = time.monotonic() - began
            metrics.observe(Number.OMNI_WAITS, waited, line=line.name.lower())

    async def _stand(self, line: Line, count: int, *, until: float) -> None:
        async with self._heads[line]:
            while wait := await self.budget.take(line, count):
                if line is Line.PEOPLE:
                    self._next = time.monotonic() + wait
                if time.monotonic() + wait > until:
                    detail = "this bot has used them up"
                    raise RateLimited(detail, retry_after=math.ceil(wait))
                await asyncio.sleep(wait)
