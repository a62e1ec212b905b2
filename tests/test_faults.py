"""What is gone for a while comes back, and nothing that was decided is lost meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from bot.change import Status
from bot.playground.omni import Fault, Requests
from bot.playground.slack import Message
from bot.serve import listen
from tests.crash.processes import bot_process, environment
from tests.databases import Database, Postgres
from tests.world import COMMAND, DATA_TEAM, World, is_card, surroundings, world_on


@pytest.fixture
def on_postgres(postgres: Postgres, migrated_postgres: str) -> Iterator[Database]:
    with postgres.database(like=migrated_postgres) as database:
        yield database


@contextlib.asynccontextmanager
async def nobody_let_in(postgres: Postgres, database: Database) -> AsyncIterator[None]:
    """Let the database end all connections and take no new ones, as when it is restarted."""
    name = database.url.partition("@/")[2].partition("?")[0]
    address = postgres.address_of("postgres").url

    def allow(yes: str) -> None:
        with psycopg.connect(address, autocommit=True) as conn:
            named = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS " + yes)
            conn.execute(named.format(sql.Identifier(name)))
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            conn.execute(end, [name])

    await asyncio.to_thread(allow, "false")
    try:
        yield
    finally:
        await asyncio.to_thread(allow, "true")


async def write_has_come(world: World) -> None:
    """Wait until Omni has been written to."""
    revision = world.omni.revision
    while not world.omni.writes:
        revision = await world.omni.changed(revision)


# -- the database -----------------------------------------------------------------------------


@pytest.mark.slow  # what failed is tried again a little later each time
async def test_a_change_outlasts_a_database_that_goes_away_while_it_is_written(
    postgres: Postgres, on_postgres: Database
) -> None:
    async with world_on(on_postgres) as world:
        card = await world.proposes()
        world.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=1)
        await world.requester.clicks(card, "approve")
        await write_has_come(world)
        async with nobody_let_in(postgres, on_postgres):
            answer = await world.requester.types("/omni-schedule pending")
            assert answer.status == 200
            assert answer.seconds < 3
            await world.requester.sees_message("tell your admin this reference", within=20)

        await world.requester.sees_message("Omni says: ", within=60)
        await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM, within=20)
        assert world.writes == ["PUT"]
        assert len(world.told(DATA_TEAM)) == 1


@contextlib.asynccontextmanager
async def full_disk(world: World) -> AsyncIterator[None]:
    """Let the database's file not grow by a page."""
    engine = world.bot.store._engine

    async def limit(pages: int) -> None:
        async with engine.connect() as conn:
            await conn.execute(sa.text(f"PRAGMA max_page_count = {pages}"))

    await limit(1)  # which SQLite takes for as many as there are
    try:
        yield
    finally:
        await limit(2**30)


async def test_a_full_disk_is_told_with_a_reference_and_loses_nothing_decided(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.durable.AGAIN_LAST", 1.0)
    card = await world.proposes()
    connections = [world.omni.data.add_connection(f"Warehouse {number}") for number in range(12)]
    for connection in connections:
        world.omni.data.add_schedule(connection, "0 9 * * ? *", "Europe/London")
    async with full_disk(world):
        for connection in connections:  # the last pages may have room for some
            await world.requester.types(f'/omni-schedule "{connection.name}" "0 7 ? * * *"')
        await world.requester.sees_message("tell your admin this reference")
        await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ", within=20)
    assert world.writes == ["PUT"]


# -- Slack ------------------------------------------------------------------------------------


@pytest.mark.slow  # two starts of a process
async def test_a_start_waits_for_a_slack_that_is_down(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with surroundings(sqlite_database) as playground:
        playground.slack.faults.down = True
        async with bot_process(environment(playground, tmp_path), "bot") as bot:
            await bot.says("Slack cannot be reached")
            playground.slack.faults.down = False
            await bot.says("Connected to Slack over Socket Mode")
            assert await bot.terminated() == 0


@pytest.mark.slow  # as above
async def test_a_start_waits_where_nobody_listens(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with surroundings(sqlite_database) as playground:
        with contextlib.closing(listen("127.0.0.1", 0)) as door:
            nowhere = f"http://127.0.0.1:{door.getsockname()[1]}/api/"
        environ = environment(playground, tmp_path) | {"SLACK_API_URL": nowhere}
        async with bot_process(environ, "bot") as bot:
            await bot.says("Slack cannot be reached")
            await bot.says("Slack cannot be reached")


async def test_a_token_that_is_revoked_meanwhile_delays_what_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.workflow.RETRY_FIRST", 0.1)
    card = await world.proposes()
    for _ in range(2):
        world.slack.faults.fail_next("chat.postMessage", "token_revoked")
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM, within=20)
    assert len(world.told(DATA_TEAM)) == 1


def is_card_of(name: str, message: Message) -> bool:
    return is_card(message) and name in message.words


async def test_many_announcements_in_one_channel_outlast_slacks_one_a_second(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.workflow.RETRY_FIRST", 0.1)
    world.slack.faults.one_a_second = True
    names = [f"Warehouse {number}" for number in range(4)]
    for name in names:
        world.omni.data.add_schedule(
            world.omni.data.add_connection(name), "0 9 * * ? *", "Europe/London"
        )
        await world.requester.types(f'/omni-schedule "{name}" "0 18 * * ? *"')
        card = await world.requester.sees_message(partial(is_card_of, name))
        await world.requester.clicks(card, "approve")
    for name in names:
        await world.admin.sees_message(f"{name} changed", channel=DATA_TEAM, within=30)
    assert len(world.told(DATA_TEAM)) == len(names)


# -- time -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [timedelta(hours=-26), timedelta(hours=7)])
async def test_a_clock_that_is_stepped_loses_no_change_that_waits(
    world: World, step: timedelta
) -> None:
    card = await world.proposes()
    world.clock.ahead = step
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    assert world.writes == ["PUT"]


async def test_an_omni_that_is_back_after_an_hour_is_asked_again(world: World) -> None:
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.FAILING)
    world.clock.ahead = timedelta(hours=1)
    await world.requester.types(COMMAND.replace("18", "19"))
    await world.requester.sees_message("Omni is not available", within=15)
    assert (await world.bot.store.open_changes())[0].status is Status.PENDING
    world.omni.faults.clear()
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    assert world.writes == ["PUT"]
