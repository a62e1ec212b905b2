"""What is done now and then, for as long as the process lives."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from bot import metrics
from bot.metrics import Number
from bot.tasks import Patience

log = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0  # how late a change may expire

Duty = Callable[[], Awaitable[None]]


@contextlib.asynccontextmanager
async def sweeping(duties: Iterable[Duty], *, patience: Patience) -> AsyncIterator[None]:
    """Do the duties now and then; at the end wait a while for those under way.

    They are not cancelled, as that loses a connection to the database.
    """
    stop = asyncio.Event()
    task = asyncio.create_task(_sweep(tuple(duties), stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([task], timeout=patience.next())


async def _sweep(duties: Iterable[Duty], stop: asyncio.Event) -> None:
    while not stop.is_set():
        for duty in duties:
            try:
                await duty()
            except Exception:  # one that fails keeps none of the others from its turn
                metrics.count(Number.SWEEP_FAILURES)
                log.exception("A sweep failed; the next one comes in %.0f s", SWEEP_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SWEEP_SECONDS)
