"""What is gone for a while comes back, and nothing that was decided is lost meanwhile."""

import asyncio
import contextlib
import resource
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from bot import seats
from bot.change import Place
from bot.listening import listen
from bot.playground.omni import Fault, Requests
from bot.playground.slack import Message
from bot.playground.start import Playground
from bot.store import ChangeStore
from bot.tasks import Patience
from tests.crash.processes import BotProcess, bot_process, connected, environment
from tests.databases import Database, Postgres
from tests.hearing import logged
from tests.test_seats import engine_on, sits_there_instead
from tests.world import (
    COMMAND,
    DATA_TEAM,
    SECOND_PERSON,
    World,
    is_card,
    surroundings,
    world_on,
    write_has_come,
)


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


@contextlib.asynccontextmanager
async def process_between(
    database: Database, folder: Path
) -> AsyncIterator[tuple[Playground, BotProcess]]:
    """Run the bot as a process of its own between the stand-ins, over Socket Mode."""
    async with surroundings(database) as playground:
        playground.slack.events_url = None
        async with bot_process(environment(playground, folder), "bot") as bot:
            await connected(playground.slack, bot)
            yield playground, bot


# -- the database -----------------------------------------------------------------------------


@pytest.mark.slow  # half a minute without a database, and what failed is tried again ever later
async def test_a_change_that_is_written_outlasts_half_a_minute_without_a_database(
    postgres: Postgres, on_postgres: Database
) -> None:
    loop = asyncio.get_running_loop()
    async with world_on(on_postgres) as world:
        await world.is_writing(seconds=1)
        async with nobody_let_in(postgres, on_postgres):
            back = loop.time() + 30
            while loop.time() < back:
                answer = await world.requester.types("/omni-schedule pending")
                assert answer.status == 200
                assert answer.seconds < 3
                await world.requester.sees_message("tell your admin this reference", within=20)
                world.slack.workspace.reset()

        await world.requester.sees_message("Omni says: ", within=90)
        await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM, within=20)
        assert world.writes == ["PUT"]
        assert len(world.told(DATA_TEAM)) == 1


@pytest.mark.slow  # as above
async def test_a_click_while_the_database_is_away_decides_nothing_and_can_be_made_again(
    postgres: Postgres, on_postgres: Database
) -> None:
    async with world_on(on_postgres) as world:
        card = await world.proposes()
        async with nobody_let_in(postgres, on_postgres):
            answer = await world.requester.clicks(card, "approve")
            assert answer.status == 200
            assert answer.seconds < 3
            await world.requester.sees_message("tell your admin this reference", within=20)
        assert not world.writes
        await world.requester.clicks(card, "approve")
        await world.requester.sees_message("Omni says: ", within=20)
        assert world.writes == ["PUT"]


async def test_what_slack_took_is_not_posted_again_where_the_database_fails_to_record_it(
    on_postgres: Database,
) -> None:
    ending = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO announcements%'"
    )
    async with world_on(on_postgres) as world:
        card = await world.proposes()
        with (
            psycopg.connect(on_postgres.url) as somebody,
            psycopg.connect(on_postgres.url, autocommit=True) as admin,
        ):
            somebody.execute("LOCK TABLE announcements IN EXCLUSIVE MODE")
            await world.requester.clicks(card, "approve")
            await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM)
            async with asyncio.timeout(20):
                while not admin.execute(ending).fetchall():  # noqa: ASYNC110 - a database rings no bell
                    await asyncio.sleep(0.05)
        await world.admin.sees_message("asked by", channel=DATA_TEAM, within=20)  # in its thread
        assert len(world.told(DATA_TEAM)) == 1


async def test_a_card_that_is_recorded_late_says_how_its_change_ended_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = asyncio.Event()
    place_card = ChangeStore.place_card

    async def late(store: ChangeStore, change_id: str, card: Place) -> None:
        await back.wait()
        await place_card(store, change_id, card)

    monkeypatch.setattr(ChangeStore, "place_card", late)
    card = await world.proposes(SECOND_PERSON)
    world.clock.ahead = timedelta(hours=9)
    with logged("expire by the clock: won") as ended:
        await world.bot.workflow.expire_due()
        await asyncio.wait_for(ended.wait(), 20)
    back.set()
    expired = await world.requester.sees_message("Expired")
    assert expired.id == card.id
    assert [button.label for button in expired.buttons] == ["Ask again"]


@pytest.mark.slow  # as above; and a sweep comes every ten seconds
async def test_sweeps_and_the_seat_come_back_with_the_database(
    postgres: Postgres, on_postgres: Database
) -> None:
    async with world_on(on_postgres) as world, engine_on(on_postgres) as engine:
        await world.proposes(SECOND_PERSON)
        with (
            logged("A sweep failed") as failed,
            logged("seat local-1") as said,
            logged("Took seat local-1 again") as seated,
        ):
            async with nobody_let_in(postgres, on_postgres):
                world.clock.ahead = timedelta(hours=9)
                await asyncio.wait_for(failed.wait(), 20)
            await world.requester.sees_message("Expired", within=60)
            await asyncio.wait_for(seated.wait(), 10)
        assert said.lines == [
            "The connection that held seat local-1 was lost",
            "Took seat local-1 again",
        ]
        other = await seats.take(engine, "local")
        assert other.executor_id == "local-2"
        await other.leave(Patience(each=1, together=1))


async def test_sweeps_go_on_while_another_process_sits_on_the_seat(
    on_postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sweep.SWEEP_SECONDS", 0.1)
    monkeypatch.setattr("bot.seats.LOOK_AGAIN", 0.1)
    async with world_on(on_postgres) as world:
        await world.proposes(SECOND_PERSON)
        with (
            logged("Another process took seat local-1") as told,
            logged("Took seat local-1 again") as seated,
        ):
            async with sits_there_instead(on_postgres, "local-1"):
                await asyncio.wait_for(told.wait(), 20)
                world.clock.ahead = timedelta(hours=9)
                await world.requester.sees_message("Expired", within=20)
                assert not seated.lines
            await asyncio.wait_for(seated.wait(), 20)
        assert len(told.lines) == 1


@pytest.mark.slow  # two starts of a process
async def test_a_process_without_its_database_still_ends_in_time(
    postgres: Postgres, on_postgres: Database, tmp_path: Path
) -> None:
    async with surroundings(on_postgres) as playground:
        playground.slack.events_url = None
        requester = playground.slack.people["U0REQUESTER"]
        environ = environment(playground, tmp_path)
        async with bot_process(environ, "bot") as bot:
            await connected(playground.slack, bot)
            await requester.types(COMMAND)
            card = await requester.sees_message(is_card)
            playground.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=1)
            await requester.clicks(card, "approve")
            await write_has_come(playground.omni)
            async with nobody_let_in(postgres, on_postgres):
                await bot.says("Database connection failed")
                began = time.monotonic()
                assert await bot.terminated() == 0
                assert time.monotonic() - began < 10
        async with bot_process(environ, "bot") as bot:
            await requester.sees_message("Omni says: ", within=20)
            assert await bot.terminated() == 0
        assert playground.omni.writes == 1


@contextlib.contextmanager
def full_disk(bot: BotProcess) -> Iterator[None]:
    """Let no file of a process take another byte; SQLite gets an error as from a full disk."""
    before = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.slow  # a start of a process
async def test_a_full_disk_is_told_with_a_reference_and_nothing_is_decided(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with process_between(sqlite_database, tmp_path) as (playground, bot):
        requester = playground.slack.people["U0REQUESTER"]
        await requester.types(COMMAND)
        card = await requester.sees_message(is_card)
        with full_disk(bot):
            answer = await requester.clicks(card, "approve")
            assert answer.error is None
            await requester.sees_message("tell your admin this reference", within=20)
        await requester.clicks(card, "approve")
        await requester.sees_message("Omni says: ", within=20)
        assert playground.omni.writes == 1


@pytest.mark.slow  # as above
async def test_a_change_that_is_written_outlasts_a_disk_that_is_full(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with process_between(sqlite_database, tmp_path) as (playground, bot):
        requester = playground.slack.people["U0REQUESTER"]
        await requester.types(COMMAND)
        card = await requester.sees_message(is_card)
        playground.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=1)
        await requester.clicks(card, "approve")
        await write_has_come(playground.omni)
        with full_disk(bot):
            await bot.says("The database failed")
        await requester.sees_message("Omni says: ", within=60)
        assert playground.omni.writes == 1


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
            await bot.says("It is tried again in 1 s")
            await bot.says("It is tried again in 2 s")
            assert await bot.terminated() == 0


@pytest.mark.slow  # as above
@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_start_waits_for_a_slack_in_trouble(
    method: str, sqlite_database: Database, tmp_path: Path
) -> None:
    async with surroundings(sqlite_database) as playground:
        for trouble in ("ratelimited", "internal_error"):
            playground.slack.faults.fail_next(method, trouble)
        async with bot_process(environment(playground, tmp_path), "bot") as bot:
            await bot.says("Slack cannot be reached: it answers with a failure. It is tried again")
            await bot.says("Connected to Slack over Socket Mode")
            assert await bot.terminated() == 0


async def test_while_slack_is_down_a_change_is_applied_and_told_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telling.RETRY_FIRST", 0.1)
    await world.is_writing(seconds=0.5)
    with logged("Slack did not take it") as refused:
        world.slack.faults.down = True
        async with asyncio.timeout(20):
            await refused.wait()
    assert not world.told(DATA_TEAM)
    world.slack.faults.down = False
    await world.requester.sees_message("Omni says: ", within=20)
    await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM, within=20)
    assert len(world.told(DATA_TEAM)) == 1
    assert world.writes == ["PUT"]


async def test_a_bot_token_that_is_revoked_delays_the_announcement_and_lets_nobody_act_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telling.RETRY_FIRST", 0.1)
    await world.is_writing(seconds=0.5)
    world.slack.faults.revoked = True
    await world.approver.types(COMMAND)
    await world.approver.sees_message("Slack did not tell this bot who you are")
    await world.requester.sees_message("Omni says: ")  # a response URL needs no token
    assert not world.told(DATA_TEAM)
    world.slack.faults.revoked = False
    await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM, within=20)
    assert len(world.told(DATA_TEAM)) == 1


@pytest.mark.slow  # a start of a process, and Bolt looks after its connection now and then
async def test_an_app_token_that_is_revoked_ends_nothing_and_works_again_when_mended(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with process_between(sqlite_database, tmp_path) as (playground, bot):
        requester = playground.slack.people["U0REQUESTER"]
        await requester.types(COMMAND)
        card = await requester.sees_message(is_card)
        playground.slack.faults.revoked = True
        await playground.slack.sockets.cut()
        await bot.says("token_revoked")
        assert (await requester.clicks(card, "approve")).error == "dispatch_failed"
        playground.slack.faults.revoked = False
        async with asyncio.timeout(60):
            await connected(playground.slack, bot)
        await requester.clicks(card, "approve")
        await requester.sees_message("Omni says: ", within=20)
        assert playground.omni.writes == 1


def is_card_of(name: str, message: Message) -> bool:
    return is_card(message) and name in message.words


@pytest.mark.slow  # a message a second
async def test_many_announcements_in_one_channel_outlast_slacks_one_a_second(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telling.RETRY_FIRST", 0.1)
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


# -- Omni -------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_an_omni_that_is_down_for_an_hour_is_named_and_what_waits_still_waits(
    world: World,
) -> None:
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.FAILING)
    world.clock.ahead = timedelta(hours=1)
    await world.requester.types('/omni-schedule "Production Postgres" "0 7 ? * * *"')
    await world.requester.sees_message("Omni is not available", within=15)
    world.omni.faults.clear()
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    assert world.writes == ["PUT"]


@pytest.mark.slow  # Omni is read again and again, for seconds
async def test_a_change_that_is_approved_while_omni_is_down_is_not_sent_and_says_so(
    world: World,
) -> None:
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.FAILING)
    await world.requester.clicks(card, "approve")
    result = await world.requester.sees_message("Not changed", within=20)
    assert "Nothing was sent." in result.words
    world.omni.faults.clear()
    assert [button.label for button in result.buttons] == ["Ask again"]
    await world.requester.clicks(result, "open_form")
    form = await world.requester.sees_modal("Becomes  At 06:00 PM")
    await world.requester.submits(form, {})  # filled in with what was asked for
    again = await world.requester.sees_message(is_card)
    await world.requester.clicks(again, "approve")
    await world.requester.sees_message("Omni says: At 06:00 PM")
    assert world.writes == ["PUT"]


async def test_an_omni_key_that_is_revoked_is_named_with_the_repair(world: World) -> None:
    card = await world.proposes()
    world.omni.faults.switch_on(Fault.BAD_KEY)
    await world.requester.clicks(card, "approve")
    result = await world.requester.sees_message("Not changed", within=20)
    assert "OMNI_API_KEY" in result.words
    assert not world.writes


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


async def test_a_clock_that_is_stepped_over_the_end_of_a_change_expires_it_and_writes_nothing(
    world: World,
) -> None:
    card = await world.proposes(SECOND_PERSON)
    world.clock.ahead = timedelta(hours=9)
    await world.bot.workflow.expire_due()
    expired = await world.approver.sees_message("Expired")
    assert expired.id == card.id
    assert [button.label for button in expired.buttons] == ["Ask again"]
    assert not world.writes


@pytest.mark.parametrize("fault", [{"down": True}, {"retry_after": 1}])
async def test_an_answer_that_slack_does_not_take_at_once_is_told_a_little_later(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    monkeypatch.setattr("bot.slack.front.SAY_AGAIN", (0.1, 0.1, 0.1))
    for name, value in fault.items():
        monkeypatch.setattr(world.slack.faults, name, value)
    with logged("Slack did not take an answer") as refused:
        await world.requester.types('/omni-schedule explain "0 18 ? * MON-FRI *"')
        await asyncio.wait_for(refused.wait(), 5)
    for name, value in fault.items():
        monkeypatch.setattr(world.slack.faults, name, type(value)())
    told = await world.requester.sees_message("Monday through Friday")
    assert "reference" not in told.words
