"""What the durable engine keeps of what has ended, and for how long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOS
from dbos._dbos import _get_dbos_instance
from dbos._sys_db import SystemDatabase
from sqlalchemy.exc import OperationalError

from bot import seats
from bot.durable import Durable
from bot.tasks import Patience
from tests.databases import Database
from tests.hearing import logged
from tests.test_seats import engine_on

HOUR = timedelta(hours=1)


@pytest.fixture
async def durable(database: Database) -> AsyncIterator[Durable]:
    engine = Durable(database.sync_url, executor_id="local")
    yield engine
    await engine.stop(Patience(each=1, together=4))


async def test_what_ended_long_ago_is_forgotten_and_nothing_else(durable: Durable) -> None:
    ran: list[str] = []
    done, go_on = asyncio.Queue[str](), asyncio.Event()

    async def work(name: str) -> None:
        ran.append(name)
        if name == "endless":
            await go_on.wait()
        done.put_nowait(name)

    registered = durable.register("work", work)
    durable.start()

    async def begin(*names: str) -> None:
        for name in names:
            await durable.begin(registered, name, name)

    await begin("one", "two", "endless")
    assert {await done.get(), await done.get()} == {"one", "two"}

    await durable.forget_finished(datetime.now(UTC) - HOUR)
    await begin("one", "two")  # on record, so that they do not run again
    assert ran == ["one", "two", "endless"]

    async with asyncio.timeout(10):
        while ran.count("one") == 1:  # until its end is on record, and it is begun anew
            await durable.forget_finished(datetime.now(UTC) + HOUR)
            await begin("one", "endless")
    assert ran.count("endless") == 1  # it has not ended yet
    go_on.set()


@contextmanager
def read() -> Iterator[list[tuple[str, Any]]]:
    """Collect what the durable engine reads of its records, with the parameters."""
    engine = _get_dbos_instance()._sys_db.engine
    sent: list[tuple[str, Any]] = []

    def hear(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "application_version IN" in statement or "completed_at <=" in statement:
            sent.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", hear)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", hear)


async def test_who_looks_for_the_work_of_the_dead_asks_once_and_on_sqlite_only_at_first(
    durable: Durable, database: Database
) -> None:
    durable.start()
    async with engine_on(database) as engine:
        seat = await seats.take(engine, "local")
        for asked in (1, 0 if seat.alone else 1):
            with read() as sent:
                await durable.take_over(seat)
            assert len(sent) == asked
        await seat.leave(Patience(each=1, together=2))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_is_to_be_forgotten_is_found_by_an_index(durable: Durable) -> None:
    durable.start()
    with read() as sent:
        await durable.forget_finished(datetime.now(UTC) - HOUR)
    ((statement, parameters),) = sent
    with _get_dbos_instance()._sys_db.engine.connect() as conn:
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert [row[-1] for row in plan] == [
        "SEARCH main.workflow_status USING INDEX workflow_status_created_at_index (created_at<?)"
    ]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_stops_again_while_it_is_resumed_is_resumed_once_more(
    durable: Durable, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed: list[str] = []

    async def stops_again(workflow_ids: list[str]) -> None:
        resumed.extend(workflow_ids)
        durable._interrupted.update(workflow_ids)

    async def fails(_workflow_ids: list[str]) -> None:
        raise ConnectionError

    async def work() -> None:
        await asyncio.Event().wait()

    registered = durable.register("work", work)
    durable.start()
    await durable.begin(registered, "4f2a9c0b1d2e:approve:U0APPROVER")
    durable._interrupted.add("4f2a9c0b1d2e:approve:U0APPROVER")
    monkeypatch.setattr(DBOS, "resume_workflows_async", fails)
    with pytest.raises(ConnectionError):
        await durable.resume_interrupted()
    monkeypatch.setattr(DBOS, "resume_workflows_async", stops_again)
    await durable.resume_interrupted()
    await durable.resume_interrupted()
    assert resumed == 2 * ["4f2a9c0b1d2e:approve:U0APPROVER"]


async def test_what_another_process_took_over_is_not_resumed_beside_it(durable: Durable) -> None:
    ran: list[str] = []
    ended = asyncio.Event()

    async def work(name: str) -> None:
        ran.append(name)
        if ran.count(name) == 1:
            raise OperationalError("SELECT 1", {}, OSError("the database is away"))
        ended.set()

    registered = durable.register("work", work)
    durable.start()
    with logged("kept goes on when it is back") as kept, logged("taken goes on when") as taken:
        for name in ("kept", "taken"):
            await durable.begin(registered, name, name)
        await asyncio.wait_for(asyncio.gather(kept.wait(), taken.wait()), 5)
    system = _get_dbos_instance()._sys_db
    records = system.tables.workflow_status
    takes = records.update().where(records.c.workflow_uuid == "taken")
    with system.engine.begin() as conn:
        conn.execute(takes.values(executor_id="another", owner_xid="its"))

    await durable.resume_interrupted()

    await asyncio.wait_for(ended.wait(), 5)
    (theirs,) = await DBOS.list_workflows_async(workflow_ids=["taken"])
    assert (theirs.status, theirs.executor_id) == ("PENDING", "another")
    assert ran.count("taken") == 1


class OneOfMany(seats.Seat):
    """A seat beside others, which are all vacant."""

    alone = False


class LostSeat(OneOfMany):
    """A seat whose connection was lost."""

    held = False


def fails_first(ran: list[str], then: Callable[[], Awaitable[None]]) -> Callable[[], Any]:
    """Return what the database stops when it runs first, and what it does when it is resumed."""

    async def work() -> None:
        ran.append("work")
        if len(ran) == 1:
            raise OperationalError("SELECT 1", {}, OSError("the database is away"))
        await then()

    return work


async def resumed(durable: Durable, work: Callable[[], Any]) -> None:
    """Begin something, and resume it when the database has stopped it."""
    registered = durable.register("work", work)
    durable.start()
    with logged("The database failed; the-work goes on when it is back") as stopped:
        await durable.begin(registered, "the-work")
        await asyncio.wait_for(stopped.wait(), 5)
    await durable.resume_interrupted()


@pytest.mark.slow  # the engine looks for what is enqueued once a second
@pytest.mark.parametrize("seat", [OneOfMany("local"), LostSeat("local")], ids=["held", "lost"])
async def test_what_is_claimed_and_never_begun_is_claimed_once_more(
    durable: Durable, monkeypatch: pytest.MonkeyPatch, seat: seats.Seat
) -> None:
    ran: list[str] = []
    claimed, ended = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    claim = SystemDatabase.start_queued_workflows

    def loses_the_answer(*args: Any, **fields: Any) -> Any:
        found = claim(*args, **fields)
        if found[0] and not claimed.is_set():
            loop.call_soon_threadsafe(claimed.set)
            raise OperationalError("COMMIT", {}, OSError("the connection was closed"))
        return found

    async def end() -> None:
        ended.set()

    monkeypatch.setattr(SystemDatabase, "start_queued_workflows", loses_the_answer)
    await resumed(durable, fails_first(ran, end))
    await asyncio.wait_for(claimed.wait(), 10)
    for _ in range(3):
        await durable.take_over(seat)
    if seat.held:
        await asyncio.wait_for(ended.wait(), 10)
    (one,) = await DBOS.list_workflows_async(workflow_ids=["the-work"])
    assert len(ran) == (2 if seat.held else 1)
    assert seat.held or one.status == "PENDING"  # it may run where somebody sits there instead


async def test_what_is_at_work_here_is_left_alone(durable: Durable) -> None:
    ran: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await go_on.wait()

    await resumed(durable, fails_first(ran, wait))
    await asyncio.wait_for(begun.wait(), 10)
    for _ in range(3):
        await durable.take_over(OneOfMany("local"))
    (running,) = await DBOS.list_workflows_async(workflow_ids=["the-work"])
    assert running.status == "PENDING"
    go_on.set()
    assert len(ran) == 2
