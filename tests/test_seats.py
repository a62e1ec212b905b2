"""Seats: who sits where among the processes of one database, and whose work is taken over."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import seats
from bot.database import connect
from bot.errors import PersonError
from bot.tasks import Patience
from tests.crash.processes import bot_process, connected, environment
from tests.databases import Database
from tests.world import COMMAND, is_card, surroundings

ON_POSTGRES = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@contextlib.asynccontextmanager
async def engine_on(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = connect(database.async_url)
    try:
        yield engine
    finally:
        await engine.dispose()


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
        assert seat._held is not None
        backend = await seat._held.scalar(sa.select(sa.func.pg_backend_pid()))
        async with engine.connect() as conn:
            await conn.execute(sa.select(sa.func.pg_terminate_backend(backend)))

        await seat.keep()

        other = await seats.take(engine, "web")
        assert other.executor_id == "web-2"
        await seat.leave(Patience(each=1, together=2))
        await other.leave(Patience(each=1, together=2))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_on_sqlite_there_is_one_seat(database: Database) -> None:
    async with engine_on(database) as engine:
        seat = await seats.take(engine, "local")
        assert seat.executor_id == "local"
        async with seat.vacant("another") as vacant:
            assert vacant
        await seat.keep()
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
            await requester.sees_message("Omni says: At 06:00 PM GMT", within=20)
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

            await survivor.says("Took over from worker.1-1")
            assert "At 06:00 PM GMT" in (await requester.sees_message("Omni says")).words
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
