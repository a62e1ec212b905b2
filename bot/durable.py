"""Durable execution: functions whose finished steps are on record, resumed after a crash.

DBOS keeps the record in the bot's own database. It is one global object a process, so
everything that touches it stands here. See https://docs.dbos.dev/python.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from dbos import DBOS, DBOSPortableJSONSerializer, SetWorkflowID

P = ParamSpec("P")
R = TypeVar("R")

#: Recovery takes up only work of its own version. Raise this when a change of the order
#: of steps would make a half-done record unreadable, and let the old version drain first.
VERSION = "1"

log = logging.getLogger(__name__)


class Durable:
    """Runs registered functions to their end, across crashes and restarts."""

    def __init__(self, url: str, *, executor_id: str) -> None:
        """Connect to nothing yet; `url` is a synchronous SQLAlchemy URL."""
        self._active = 0
        self._idle = asyncio.Event()
        self._idle.set()
        DBOS(
            config={
                "name": "omni-schedule-bot",
                "system_database_url": url,
                "executor_id": executor_id,
                "application_version": VERSION,
                # JSON, so that what one release recorded another can read.
                "serializer": DBOSPortableJSONSerializer(),
                # Nothing here waits for DBOS's notifications, and this is how long
                # shutting down takes.
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": 0.1,
                "log_level": "WARNING",
            }
        )

    def register(
        self, name: str, function: Callable[P, Awaitable[None]]
    ) -> Callable[P, Coroutine[Any, Any, None]]:
        """Make a function durable; do this before `start`. Its arguments must be JSON."""

        async def tracked(*args: P.args, **kwargs: P.kwargs) -> None:
            self._active += 1
            self._idle.clear()
            try:
                await function(*args, **kwargs)
            finally:
                self._active -= 1
                if not self._active:
                    self._idle.set()

        return DBOS.workflow(name=name, max_recovery_attempts=None)(tracked)

    def start(self) -> None:
        """Open the record and take up what a crash left; call it inside the event loop."""
        DBOS.launch()

    async def begin(
        self,
        workflow: Callable[P, Coroutine[Any, Any, None]],
        workflow_id: str,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Record that a function shall run, and run it in the background.

        Once this returns, the function will come to its end, in this process or a later
        one. A second call with the same id does nothing.
        """
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(workflow, *args, **kwargs)

    async def step(
        self, name: str, function: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a function once and keep its JSON result; after a crash, run it again."""

        async def run() -> R:  # DBOS does not see that a bound method is a coroutine function
            return await function(*args, **kwargs)

        return await DBOS.run_step_async({"name": name}, run)

    async def pause(self, seconds: float) -> None:
        """Wait, across restarts too."""
        await DBOS.sleep_async(seconds)

    @property
    def step_key(self) -> str:
        """Name the step that is running: the same when it runs again after a crash."""
        return f"{DBOS.workflow_id}/{DBOS.step_id}"

    async def stop(self, within: float) -> None:
        """Wait for what runs, `within` seconds at most, and leave the rest on record."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), within)
        if self._active:
            log.info("Left on record for the next start: %d", self._active)
        # It joins threads, which may wait for this loop.
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
