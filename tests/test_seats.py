"""Seats: who sits where among the processes of one database, and whose work is taken over."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot import seats
from bot.database import connect
from bot.errors import PersonError
from bot.tasks import Patience
from tests.crash.processes import bot_process, connected, environment
from tests.databases import Database
from tests.hearing import logged
from tests.world import COMMAND, is_card, surroundings

#: A lock's number is in two halves there.
#: https://www.postgresql.org/docs/current/view-pg-locks.html
ENDING = """
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND locktype = 'advisory' AND (classid::bigint << 32 | objid::bigint) = %s
"""

ON_POSTGRES = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@contextlib.asynccontextmanager
async def engine_on(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = connect(database.async_url)
    try:
        yield engine
    finally:
        await engine.dispose()


def end_whoever_sits(database: Database, executor_id: str) -> None:
    """End the connection that holds a seat, as a failover does."""
    with psycopg.connect(database.url, autocommit=True) as admin:
        ended = admin.execute(ENDING, [seats.key_of(executor_id)]).fetchall()
    assert ended == [(True,)]


@contextlib.asynccontextmanager
async def sits_there_instead(database: Database, executor_id: str) -> AsyncIterator[None]:
    """Let somebody else have a seat in the moment in which its connection is lost."""
    connect_to = psycopg.AsyncConnection.connect
    async with (
        await connect_to(database.url, autocommit=True) as other,
        await connect_to(database.url, autocommit=True) as admin,
    ):
        lock = other.execute("SELECT pg_advisory_lock(%s)", [seats.key_of(executor_id)])
        waiting = asyncio.create_task(lock)
        stands = "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted"
        async with asyncio.timeout(5):
            while not (await admin.execute(stands, [other.info.backend_pid])).rowcount:
                pass
        await asyncio.to_thread(end_whoever_sits, database, executor_id)
        await waiting
        yield


@ON_POSTGRES
async def test_each_process_has_a_seat_of_its_own_and_leaves_it(database: Database) -> None:
    async with engine_on(database) as engine:
        first, second = await seats.take(engine, "web"), await seats.take(engine, "web")
        assert (first.executor_id, second.executor_id) == ("web-1", "web-2")

        await first.leave(Patience(each=1, together=2))

        third = await seats.take(engine, "web")
        assert third.executor_id == "web-1"
        await second.leave(Patience(each=1, together=2))
        await third.leave(Patience(each=1, together=2))


@ON_POSTGRES
async def test_a_seat_is_vacant_when_nobody_holds_it(database: Database) -> None:
    async with engine_on(database) as engine:
        living, looking = await seats.take(engine, "web"), await seats.take(engine, "web")
        async with looking.vacant("web-1") as vacant:
            assert not vacant
        await living.leave(Patience(each=1, together=2))
        async with looking.vacant("web-1") as vacant, looking.vacant("web-1") as again:
            assert vacant
            assert not again, "two took over at once"
        async with looking.vacant(looking.executor_id) as own:
            assert own
        await looking.leave(Patience(each=1, together=2))


@ON_POSTGRES
async def test_a_seat_outlives_its_connection(database: Database) -> None:
    async with engine_on(database) as engine:
        seat = await seats.take(engine, "web")
        with logged("Took seat web-1 again") as seated:
            await asyncio.to_thread(end_whoever_sits, database, "web-1")
            await asyncio.wait_for(seated.wait(), 5)

        other = await seats.take(engine, "web")
        assert other.executor_id == "web-2"
        await seat.leave(Patience(each=1, together=2))
        await other.leave(Patience(each=1, together=2))


@ON_POSTGRES
async def test_a_seat_that_another_process_took_meanwhile_can_still_be_left(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "LOOK_AGAIN", 0.1)
    async with engine_on(database) as engine:
        seat = await seats.take(engine, "web")
        with logged("Another process took seat web-1") as told:
            async with sits_there_instead(database, "web-1"):
                await asyncio.wait_for(told.wait(), 5)
                async with asyncio.timeout(2):
                    await seat.leave(Patience(each=1, together=2))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_on_sqlite_there_is_one_seat(database: Database) -> None:
    async with engine_on(database) as engine:
        seat = await seats.take(engine, "local")
        assert seat.executor_id == "local"
        async with seat.vacant("another") as vacant:
            assert vacant
        await seat.leave(Patience(each=1, together=2))


@pytest.mark.slow  # two starts of a process
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_on_sqlite_the_next_process_takes_over_whatever_its_name(
    database: Database, tmp_path: Path
) -> None:
    async with surroundings(database) as playground:
        playground.slack.delivery.patience = 1.0
        requester = playground.slack.people["U0REQUESTER"]
        environ = environment(playground, tmp_path)
        async with bot_process(environ | {"DIE": "after send"}) as mortal:
            await connected(playground.slack, mortal)
            await requester.types(COMMAND)
            await requester.clicks(await requester.sees_message(is_card), "approve")
            await mortal.ended()
        async with bot_process(environ | {"DYNO": "another"}, "bot"):
            await requester.sees_message("Omni says: At 06:00 PM", within=20)
        assert playground.omni.writes == 1


@pytest.mark.slow  # the living look for the work of the dead every ten seconds
@ON_POSTGRES
@pytest.mark.parametrize("moment", ["after claim", "after send", "before record"])
async def test_a_living_process_takes_over_from_one_that_was_killed(
    database: Database, tmp_path: Path, moment: str
) -> None:
    async with surroundings(database) as playground:
        requester = playground.slack.people["U0REQUESTER"]
        environ = environment(playground, tmp_path)
        hears_nobody = {"SLACK_APP_TOKEN": "", "HOST": "127.0.0.1", "PORT": "0", "DYNO": "web.1"}
        hears_nobody |= {"SLACK_SIGNING_SECRET": playground.settings.slack_signing_secret}
        async with (
            bot_process(environ | hears_nobody, "bot") as survivor,
            bot_process(environ | {"DIE": moment}) as mortal,
        ):
            await survivor.says("Listening on")
            await connected(playground.slack, mortal)
            await requester.types(COMMAND)
            await requester.clicks(await requester.sees_message(is_card), "approve")
            await mortal.ended()

            told = await survivor.says("Took over from worker.1-1: 1 (")
            assert ":approve:U0REQUESTER)" in told
            assert "Omni says: At 06:00 PM" in (await requester.sees_message("Omni says")).words
            assert playground.omni.writes == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_second_process_does_not_serve_with_the_same_sqlite_file(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "ENDS_WITHIN", 0.1)
    async with engine_on(database) as engine:
        seat = await seats.take(engine, "local")
        with pytest.raises(PersonError, match="Another process serves with"):
            await seats.take(engine, "local")
        await seat.leave(Patience(each=1, together=2))
        again = await seats.take(engine, "local")
        await again.leave(Patience(each=1, together=2))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_sqlite_file_is_the_same_by_another_name(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "ENDS_WITHIN", 0.1)
    (tmp_path / "link.db").symlink_to(tmp_path / "omni.db")
    other = Database(f"sqlite:///{tmp_path}/link.db")
    async with engine_on(database) as engine, engine_on(other) as another:
        seat = await seats.take(engine, "local")
        with pytest.raises(PersonError, match=r"serves with .*/omni\.db, and"):
            await seats.take(another, "local")
        await seat.leave(Patience(each=1, together=2))


async def test_a_database_in_memory_is_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    engine = create_async_engine("sqlite+aiosqlite://")
    for _ in range(2):
        assert (await seats.take(engine, "local")).alone
    await engine.dispose()
    assert not list(tmp_path.iterdir())  # noqa: ASYNC240 - a folder with nothing in it


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_lock_that_cannot_be_had_is_named(database: Database, tmp_path: Path) -> None:
    (tmp_path / "omni.db-seat").mkdir()
    async with engine_on(database) as engine:
        with pytest.raises(PersonError, match=r"omni\.db-seat cannot be locked: unable to open"):
            await seats.take(engine, "local")


@pytest.mark.slow  # two starts of a process
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_second_process_waits_for_the_one_that_is_about_to_end(
    database: Database, tmp_path: Path
) -> None:
    async with surroundings(database) as playground:
        environ = environment(playground, tmp_path)
        async with bot_process(environ) as first:
            await connected(playground.slack, first)
            async with bot_process(environ) as second:
                assert await first.terminated() == 0
                await second.says("Connected to Slack")
