"""Durable execution: functions whose finished steps are on record, resumed after a crash.

DBOS keeps the record in the bot's own database. It is one global object a process, so
everything that touches it stands here. See https://docs.dbos.dev/python.
"""

import asyncio
import contextlib
import logging
import math
import re
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

from dbos import DBOS, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowStatus
from dbos._sys_db import SystemDatabase
from sqlalchemy.exc import SQLAlchemyError

from bot import log as logs
from bot import metrics
from bot.database import QUIET
from bot.seats import Seat
from bot.tasks import Patience

P = ParamSpec("P")
R = TypeVar("R")

#: Raise this when the steps of a registered function change, so that a half-done record would
#: be misread: what an older version left is then run from its start. A registered function
#: keeps its name, and takes the arguments that older versions gave it.
VERSION = 6

#: Stands between the id of a workflow and the version that ran it anew.
_AS_OF = "@"

#: Seconds until a step that raised is run again: doubled each time, up to the last.
AGAIN_FIRST, AGAIN_LAST = 1.0, 60.0

#: Seconds between looks for the work of dead processes, and at most between two in a row: where
#: the database was away in between, whoever lost it may not have come to sit down again.
LOOK_SECONDS, IN_A_ROW = 4.0, 6.0

#: How long the record of what has ended is kept; changes and their trail stay for good.
REMEMBER_FINISHED = timedelta(days=30)

#: Finished records that are dropped at a time: what one transaction does in a moment.
MOST_FORGOTTEN = 200

#: Workflows that one line of the log names.
MOST_NAMED = 20

_CHANGE = re.compile("[0-9a-f]{12}(?=:)")

#: Whether the engine's tables tell of what is new: not to be changed once they are made.
LISTENS = False

log = logging.getLogger(__name__)


def migrate(url: str) -> None:
    """Bring the engine's own tables up to date, as its start does; `url` is a synchronous one."""
    # Not by `DBOS.migrate`, which makes tables for those who listen.
    tables = SystemDatabase.create(
        system_database_url=url,
        engine_kwargs={**QUIET},
        engine=None,
        schema=None,
        serializer=DBOSPortableJSONSerializer(),
        executor_id=None,
        use_listen_notify=LISTENS,
    )
    try:
        tables.run_migrations()
    finally:
        tables.destroy()


class Durable:
    """Runs registered functions to their end, across crashes and restarts."""

    def __init__(self, url: str, *, executor_id: str) -> None:
        """Connect to nothing yet; `url` is a synchronous SQLAlchemy URL."""
        self._executor_id = executor_id
        self._running: set[asyncio.Future[Any]] = set()
        self._registered: dict[str | None, Callable[..., Coroutine[Any, Any, None]]] = {}
        self._at_work: list[str] = []  # what runs here, by its id
        self._interrupted: set[str] = set()
        self._unbegun: set[str] = set()  # claimed here at the last look, and not at work
        self._has_looked = False  # for what dead processes left
        self._vacant: dict[str, float] = {}  # whose seat was, at the last look, and when that was
        DBOS(
            config={
                "name": "omni-schedule-bot",
                "system_database_url": url,
                "db_engine_kwargs": {**QUIET},
                "executor_id": executor_id,
                "application_version": str(VERSION),
                # JSON, so that what one release recorded another can read.
                "serializer": DBOSPortableJSONSerializer(),
                # Nothing here waits for DBOS's notifications, and this is how long
                # shutting down takes.
                "use_listen_notify": LISTENS,
                "notification_listener_polling_interval_sec": 0.1,
                "log_level": "WARNING",
            }
        )

    def register(
        self, name: str, function: Callable[P, Awaitable[None]]
    ) -> Callable[P, Coroutine[Any, Any, None]]:
        """Make a function durable; do this before `start`. Its arguments must be JSON."""

        async def tracked(*args: P.args, **kwargs: P.kwargs) -> None:
            self._track(asyncio.current_task())  # DBOS's own: it ends with the outcome on record
            workflow_id = str(DBOS.workflow_id)
            with logs.bind(**_about(workflow_id)):
                self._at_work.append(workflow_id)
                try:
                    with metrics.under_way():
                        await function(*args, **kwargs)
                except SQLAlchemyError:
                    log.exception("The database failed; %s goes on when it is back", workflow_id)
                    self._interrupted.add(workflow_id)
                    # As an error it would be on record, and what was decided left half done.
                    raise asyncio.CancelledError from None
                finally:
                    self._at_work.remove(workflow_id)

        registered = DBOS.workflow(name=name, max_recovery_attempts=None)(tracked)
        self._registered[name] = registered
        return registered

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
            handle = await DBOS.start_workflow_async(workflow, *args, **kwargs)
        # What is begun now runs a little later, and stopping has to wait for that, too.
        self._track(getattr(handle, "task", None))

    async def is_under_way(self, prefix: str) -> bool:
        """Say whether a function whose id begins so was begun, in any process, and did not end."""
        found = await DBOS.list_workflows_async(
            status=["ENQUEUED", "PENDING"],
            workflow_id_prefix=prefix,
            limit=1,
            load_input=False,
            load_output=False,
        )
        return bool(found)

    async def resume_interrupted(self) -> None:
        """Resume what the database, full or away, stopped in this process.

        What another process took over meanwhile is left to it: resumed, it would run twice at once.
        """
        if interrupted := sorted(self._interrupted):
            self._interrupted.clear()  # one that is stopped again meanwhile is noted anew
            try:
                if ours := await self._still_ours(interrupted):
                    await DBOS.resume_workflows_async(ours)
            except BaseException:
                self._interrupted.update(interrupted)
                raise
            if ours:
                log.warning("Went on with what the database had stopped: %s", _named(ours))

    async def _still_ours(self, workflow_ids: list[str]) -> list[str]:
        found = await DBOS.list_workflows_async(
            workflow_ids=workflow_ids,
            status="PENDING",
            executor_id=self._executor_id,
            load_input=False,
            load_output=False,
        )
        return [one.workflow_id for one in found]

    async def take_over(self, seat: Seat) -> None:
        """Take up what dead processes left; any number of processes may call this at once.

        Dead is whose seat is vacant at two looks in a row: who lost only the connection to the
        database sits there again by the second.
        """
        if self._has_looked and seat.alone:
            return  # whoever else there was had died before this process began
        before, self._vacant = self._vacant, {}
        found = await _unended()
        await self._resume_unbegun(found if seat.held else ())
        for executor_id in _executors(one for one in found if _is_left(one, seat)):
            async with seat.vacant(executor_id) as nobody_there:
                if not nobody_there:
                    continue
                now = time.monotonic()
                again = now - before.get(executor_id, -math.inf) < IN_A_ROW
                if again or seat.alone or executor_id == seat.executor_id:
                    # Asked anew: somebody may have been faster.
                    await self._take_up(executor_id, await _left(seat, executor_id))
                else:
                    self._vacant[executor_id] = now
        self._has_looked = True

    async def _resume_unbegun(self, found: Iterable[WorkflowStatus]) -> None:
        """Resume what this process claimed and never began, as the answer to the claim was lost.

        At two looks in a row: what was claimed just now begins a moment later.
        """
        before = self._unbegun - self._interrupted  # of which somebody else takes care
        self._unbegun = {
            one.workflow_id
            for one in found
            if one.app_version == str(VERSION)
            and one.status == "PENDING"
            and one.executor_id == self._executor_id
            and one.queue_name is not None  # what is begun here without a claim is never lost
            and one.workflow_id not in self._at_work
        }
        if again := sorted(before & self._unbegun):
            await DBOS.resume_workflows_async(again)
            log.warning("Went on with what was claimed and not begun: %s", _named(again))

    async def _take_up(self, executor_id: str, left: Sequence[WorkflowStatus]) -> None:
        """Resume what this version began, and run from its start what an older one did."""
        if ours := [one.workflow_id for one in left if one.app_version == str(VERSION)]:
            await DBOS.resume_workflows_async(ours)
            log.warning("Took over from %s: %s", executor_id, _named(ours))
        for one in left:
            if one.app_version != str(VERSION):
                await self._begin_anew(one)

    async def _begin_anew(self, orphan: WorkflowStatus) -> None:
        anew = f"{_origin(orphan.workflow_id)}{_AS_OF}{VERSION}"
        given = orphan.input or {"args": ()}
        await self.begin(self._registered[orphan.name], anew, *given["args"])
        await DBOS.cancel_workflow_async(orphan.workflow_id)
        log.warning("Took over from version %s: %s", orphan.app_version, orphan.workflow_id)

    async def forget_finished(self, before: datetime) -> None:
        """Drop the oldest records of what ended before a moment, some at a time."""
        finished = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            completed_before=before.isoformat(),
            end_time=before.isoformat(),  # of its beginning, by which there is an index
            limit=MOST_FORGOTTEN,
            load_input=False,
            load_output=False,
        )
        if finished:
            await DBOS.delete_workflows_async([one.workflow_id for one in finished])

    def _track(self, running: asyncio.Future[Any] | None) -> None:
        if running is not None:
            self._running.add(running)
            running.add_done_callback(self._running.discard)

    async def step(
        self, name: str, function: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a function once and keep its JSON result; after a crash, run it again.

        One that raises is run again too, in this process or a later one: an error on record
        would end the whole, and what was decided would be left half done.
        """

        async def run() -> R:
            return await self.until_done(name, function, *args, **kwargs)

        return await DBOS.run_step_async({"name": name}, run)

    async def until_done(
        self, name: str, function: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a function again, later each time, for as long as it raises."""
        pause = AGAIN_FIRST
        while True:
            try:
                return await function(*args, **kwargs)
            except Exception:
                log.exception("The step %s failed; it runs again in %.0f s", name, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, AGAIN_LAST)

    async def pause(self, seconds: float) -> None:
        """Wait, across restarts too."""
        await DBOS.sleep_async(seconds)

    def key(self, deed: str) -> str:
        """Name what the function that runs does once: the same after a crash or an upgrade."""
        return f"{_origin(str(DBOS.workflow_id))}/{deed}"

    async def stop(self, patience: Patience) -> None:
        """Wait for what runs, and leave the rest on record."""
        if self._running:
            _, left = await asyncio.wait(self._running, timeout=patience.next())
            # Cancelled before their clients close: what these then raise would go on record.
            for task in left:
                task.cancel()
            if left:
                log.info("Left on record for the next start: %d", len(left))
                await asyncio.wait(left, timeout=patience.next())
        # It joins threads, which may wait for this loop, or for a database that is away.
        with contextlib.suppress(TimeoutError):
            destroyed = asyncio.to_thread(DBOS.destroy, destroy_registry=True)
            await asyncio.wait_for(destroyed, patience.next())


async def _left(seat: Seat, executor_id: str) -> list[WorkflowStatus]:
    """Return what somebody began and did not end, without what runs in this process."""
    return [one for one in await _unended(executor_id) if _is_left(one, seat)]


async def _unended(executor_id: str | None = None) -> list[WorkflowStatus]:
    """Return what one or all began and did not end."""
    return await DBOS.list_workflows_async(
        # Both, as by these two Postgres has an index.
        status=["ENQUEUED", "PENDING"],
        app_version=[str(version) for version in range(VERSION + 1)],
        executor_id=executor_id,
        load_input=executor_id is not None,
        load_output=False,
    )


def _is_left(one: WorkflowStatus, seat: Seat) -> bool:
    # What waits for somebody to run it is taken by the living of its own version.
    return one.app_version != str(VERSION) or (
        one.status == "PENDING" and one.executor_id != seat.executor_id
    )


def _executors(found: Iterable[WorkflowStatus]) -> list[str]:
    """Return who runs these, dead or alive."""
    return sorted({one.executor_id or "" for one in found})


def _about(workflow_id: str) -> dict[str, str]:
    """Return for the log which change a workflow is about: its id begins with the change's."""
    change = _CHANGE.match(workflow_id)
    return {"change": change[0]} if change else {}


def _named(workflow_ids: Sequence[str]) -> str:
    """Write for the log how many these are, and the first of them."""
    more = ", …" if len(workflow_ids) > MOST_NAMED else ""
    return f"{len(workflow_ids)} ({', '.join(workflow_ids[:MOST_NAMED])}{more})"


def _origin(workflow_id: str) -> str:
    """Return the id under which a function was begun first."""
    return workflow_id.partition(_AS_OF)[0]
