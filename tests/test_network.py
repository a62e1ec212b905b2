"""A network that swallows packets: nobody hears no, and nothing that was decided is lost."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from bot import seats
from bot.listening import listen
from bot.playground.omni import Fault, Requests
from bot.readiness import CHECK_SECONDS
from bot.seats import SharedSeat
from bot.tasks import Patience
from tests.crash.processes import bot_process
from tests.databases import Database
from tests.hearing import logged
from tests.line import Line, line_to, line_to_socket
from tests.test_seats import engine_on
from tests.test_shutdown import in_mode, is_up
from tests.world import (
    COMMAND,
    DATA_TEAM,
    World,
    bot_in,
    is_card,
    surroundings,
    world_on,
    write_has_come,
)

pytestmark = [
    pytest.mark.slow,  # whoever waits for a network waits for seconds
    pytest.mark.skipif(sys.platform != "linux", reason="Linux's kernel swallows the packets"),
]


@contextlib.contextmanager
def line_to_postgres(near: Database) -> Iterator[tuple[Line, Database]]:
    """Lay a line to a Postgres on a Unix socket, and give the database by its far address."""
    parts = urlsplit(near.url)
    (folder,) = parse_qs(parts.query)["host"]
    with line_to_socket(f"{folder}/.s.PGSQL.5432") as line:
        yield line, Database(f"postgresql://postgres@127.0.0.1:{line.port}{parts.path}")


@contextlib.asynccontextmanager
async def bot_far_from_postgres(postgres: Database) -> AsyncIterator[tuple[Line, World]]:
    """Run the bot, which reaches its Postgres over a line."""
    with line_to_postgres(postgres) as (line, database):
        async with world_on(database) as world:
            yield line, world


@contextlib.asynccontextmanager
async def bot_far_from(setting: str, database: Database) -> AsyncIterator[tuple[Line, World]]:
    """Run the bot, which reaches what a setting has the address of over a line."""
    async with surroundings(database) as playground:
        address = urlsplit(getattr(playground.settings, setting))
        assert address.port
        with line_to(address.port) as line:
            url = address._replace(netloc=f"127.0.0.1:{line.port}").geturl()
            led: dict[str, Any] = {setting: url}
            settings = replace(playground.settings, **led)
            async with bot_in(replace(playground, settings=settings)) as world:
                yield line, world


async def test_a_click_over_a_dead_line_to_the_database_decides_nothing_and_can_be_made_again(
    on_postgres: Database,
) -> None:
    async with bot_far_from_postgres(on_postgres) as (line, world):
        card = await world.proposes()
        with line.swallowing():
            answer = await world.requester.clicks(card, "approve")
            assert answer.status == 200
            assert answer.seconds < 3
            await world.requester.sees_message("tell your admin this reference", within=30)
        assert not world.writes
        await world.requester.clicks(card, "approve")
        await world.requester.sees_message("Omni says: ", within=30)
        assert world.writes == ["PUT"]


async def test_a_change_that_is_written_outlasts_a_dead_line_to_the_database(
    on_postgres: Database,
) -> None:
    async with bot_far_from_postgres(on_postgres) as (line, world):
        await world.is_writing(seconds=1)
        with logged("A sweep failed") as noticed, line.swallowing():
            await asyncio.wait_for(noticed.wait(), 60)
        await world.requester.sees_message("Omni says: ", within=90)
        await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM, within=20)
        assert world.writes == ["PUT"]
        assert len(world.told(DATA_TEAM)) == 1


async def test_a_line_to_the_database_that_is_dead_for_a_moment_is_nothing(
    on_postgres: Database,
) -> None:
    async with bot_far_from_postgres(on_postgres) as (line, world):
        card = await world.proposes()
        with line.swallowing():
            await world.requester.clicks(card, "approve")  # answered after two seconds
        await world.requester.sees_message("Omni says: ", within=30)
        assert world.writes == ["PUT"]


async def test_readiness_over_a_dead_line_names_the_database_in_time(on_postgres: Database) -> None:
    async with bot_far_from_postgres(on_postgres) as (line, world):
        with line.swallowing():
            async with asyncio.timeout(CHECK_SECONDS + 1):
                found = await world.bot.ready()
        # Omni is not asked, as its requests are counted in the database, and so is not blamed.
        assert [check.name for check in found.checks if check.problem] == ["database"]


async def test_the_seat_is_taken_again_over_a_line_that_was_dead(on_postgres: Database) -> None:
    async with bot_far_from_postgres(on_postgres) as (line, _):
        with logged("The connection that held seat local-1 was lost") as lost, line.swallowing():
            await asyncio.wait_for(lost.wait(), 60)
        with logged("Took seat local-1 again") as seated:
            await asyncio.wait_for(seated.wait(), 60)


async def test_a_seat_is_left_in_time_over_a_dead_line(on_postgres: Database) -> None:
    with line_to_postgres(on_postgres) as (line, database):
        async with engine_on(database) as engine:
            seat = await seats.take(engine, "web")
            with line.swallowing():
                async with asyncio.timeout(2):
                    await seat.leave(Patience(each=1, together=2))


async def test_postgres_is_asked_to_notice_soon_whose_seat_is_empty(on_postgres: Database) -> None:
    async with engine_on(on_postgres) as engine:
        seat = await seats.take(engine, "web")
        assert isinstance(seat, SharedSeat)
        assert seat._held is not None
        # On a Unix socket Postgres shows these as 0: that they were asked for is what can be seen.
        asked = sa.text(
            "SELECT name FROM pg_settings WHERE name LIKE 'tcp%' AND source = 'session'"
        )
        found = set(await seat._held.scalars(asked))
        await seat.leave(Patience(each=1, together=2))
    assert found == set(seats.NOTICED_SOON)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_process_ends_in_time_over_a_dead_line_to_its_database(
    on_postgres: Database, tmp_path: Path, mode: str
) -> None:
    with line_to_postgres(on_postgres) as (line, database):
        async with surroundings(database) as playground:
            environ = in_mode(mode, playground, tmp_path)
            async with bot_process(environ, "bot") as bot:
                await is_up(playground, bot)
                requester = playground.slack.people["U0REQUESTER"]
                await requester.types(COMMAND)
                card = await requester.sees_message(is_card)
                playground.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=1)
                await requester.clicks(card, "approve")
                await write_has_come(playground.omni)
                with line.swallowing():
                    # Until the step, a sweep and a person wait for the database at once.
                    await bot.says("A sweep failed")
                    unanswered = asyncio.create_task(requester.types("/omni-schedule pending"))
                    began = time.monotonic()
                    assert await bot.terminated() == 0
                    assert time.monotonic() - began < 10
                    unanswered.cancel()


async def test_a_process_ends_in_time_over_a_dead_line_to_slack(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with surroundings(sqlite_database) as playground:
        port = urlsplit(playground.settings.slack_api_url).port
        assert port
        with line_to(port) as line:
            playground.slack.workspace.base_url = f"http://127.0.0.1:{line.port}"
            async with bot_process(in_mode("socket", playground, tmp_path), "bot") as bot:
                await is_up(playground, bot)
                with line.swallowing():
                    began = time.monotonic()
                    assert await bot.terminated() == 0
                    assert time.monotonic() - began < 10
                    assert "Traceback" not in bot.words


async def test_a_process_ends_in_time_that_cannot_connect_to_slack_yet(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with surroundings(sqlite_database) as playground:
        with contextlib.closing(listen("127.0.0.1", 0)) as door:
            nowhere = f"http://127.0.0.1:{door.getsockname()[1]}"
        environ = in_mode("socket", playground, tmp_path)
        playground.slack.workspace.base_url = nowhere  # of sockets, as some firewalls have it
        async with bot_process(environ, "bot") as bot:
            await bot.says("Failed to connect")
            began = time.monotonic()
            assert await bot.terminated() == 0
            assert time.monotonic() - began < 10


async def test_an_approval_over_a_dead_line_to_omni_sends_nothing_and_says_so(
    sqlite_database: Database,
) -> None:
    async with bot_far_from("omni_base_url", sqlite_database) as (line, world):
        card = await world.proposes()
        with line.swallowing():
            await world.requester.clicks(card, "approve")
            result = await world.requester.sees_message("Not changed", within=30)
        assert "did not answer in time" in result.words
        assert not world.writes
        again = await world.proposes()
        await world.requester.clicks(again, "approve")
        await world.requester.sees_message("Omni says: ")
        assert world.writes == ["PUT"]


async def test_a_write_whose_answer_is_swallowed_is_unknown_until_omni_is_asked_again(
    sqlite_database: Database,
) -> None:
    async with bot_far_from("omni_base_url", sqlite_database) as (line, world):
        await world.is_writing(seconds=1)
        with line.swallowing():
            unknown = await world.requester.sees_message("Outcome unknown", within=120)
        await world.requester.clicks(unknown, "recheck")
        await world.requester.sees_message("Omni says: ")
        assert world.writes == ["PUT"]


async def test_what_slack_does_not_hear_is_told_once_when_it_does(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telling.RETRY_FIRST", 0.1)
    async with bot_far_from("slack_api_url", sqlite_database) as (line, world):
        await world.is_writing(seconds=0.5)
        with logged("Slack did not take it") as noticed, line.swallowing():
            # Response URLs lead past the line.
            await world.requester.sees_message("Omni says: ")
            await asyncio.wait_for(noticed.wait(), 60)
        await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM, within=60)
        assert len(world.told(DATA_TEAM)) == 1
