"""What is done now and then, for as long as the process lives."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from bot import metrics
from bot.metrics import Number
from bot.tasks import Patience

log = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0  # how late a change may expire

Duty = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Round:
    """Duties that are done in order, every so many seconds; a round waits for no other one."""

    every: float
    duties: tuple[Duty, ...]


@contextlib.asynccontextmanager
async def sweeping(*rounds: Round, patience: Patience) -> AsyncIterator[None]:
    """Do the duties now and then; at the end wait a while for those under way.

    They are not cancelled, as that loses a connection to the database.
    """
    stop = asyncio.Event()
    tasks = [asyncio.create_task(_sweep(one, stop)) for one in rounds]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait(tasks, timeout=patience.next())


async def _sweep(one: Round, stop: asyncio.Event) -> None:
    while not stop.is_set():
        for duty in one.duties:
            try:
                await duty()
            except Exception:  # one that fails keeps none of the others from its turn
                metrics.count(Number.SWEEP_FAILURES)
                log.exception("A sweep failed; the next one comes in %.0f s", one.every)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), one.every)
