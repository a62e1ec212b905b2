"""A new version beside the old one, and after it: what the old one left ends once, told once."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from bot import database as bot_database
from bot.database import migrate
from bot.durable import VERSION
from bot.playground.omni import Fault, Requests
from bot.playground.slack import Person
from bot.playground.start import Playground
from tests.crash.cells import finished
from tests.crash.processes import BotProcess, bot_process, connected, environment
from tests.databases import Database
from tests.world import COMMAND, CONNECTION, DATA_TEAM, World, is_card, surroundings, world_on

ON_POSTGRES = pytest.mark.parametrize("database", ["postgres"], indirect=True)
CREATE = f'/omni-schedule create {CONNECTION} "0 4 * * ? *" Europe/Madrid'


@contextlib.asynccontextmanager
async def old_version(
    playground: Playground, environ: dict[str, str], *, dies: str
) -> AsyncIterator[BotProcess]:
    async with bot_process(environ | {"DIE": dies}) as old:
        await connected(playground.slack, old)
        yield old


@contextlib.asynccontextmanager
async def new_version(environ: dict[str, str]) -> AsyncIterator[BotProcess]:
    async with bot_process(environ | {"VERSION": str(VERSION + 1)}) as new:
        await new.says("Connected to Slack")
        yield new


async def approves(requester: Person, command: str = COMMAND) -> None:
    await requester.types(command)
    await requester.clicks(await requester.sees_message(is_card), "approve")


def announcements(playground: Playground) -> list[str]:
    seen = playground.slack.people["U0ADMIN"].sees(DATA_TEAM)
    return [one.text for one in seen if one.thread_ts in {None, one.ts}]


@pytest.mark.slow  # two starts of a process
@pytest.mark.parametrize(
    "moment",
    ["before claim", "after claim", "before send", "after send", "after record", "after reply"],
)
async def test_what_a_killed_old_version_left_is_ended_by_the_new_one(
    database: Database, tmp_path: Path, moment: str
) -> None:
    async with surroundings(database) as playground:
        playground.slack.delivery.patience = 1.0
        requester = playground.slack.people["U0REQUESTER"]
        environ = environment(playground, tmp_path)
        async with old_version(playground, environ, dies=moment) as old:
            await approves(requester)
            await old.ended()
        async with new_version(environ) as new:
            await new.says(f"Took over from version {VERSION}")
            assert "Omni says: At 06:00 PM" in (await requester.sees_message("Omni says")).words
            await finished(database)
            assert await new.terminated() == 0
        assert playground.omni.writes == 1
        assert len(announcements(playground)) == 1


@pytest.mark.slow  # as above
@ON_POSTGRES
async def test_a_new_schedule_that_the_old_version_sent_is_found_and_not_sent_again(
    database: Database, tmp_path: Path
) -> None:
    async with surroundings(database) as playground:
        playground.slack.delivery.patience = 1.0
        requester = playground.slack.people["U0REQUESTER"]
        environ = environment(playground, tmp_path)
        async with old_version(playground, environ, dies="after send") as old:
            await approves(requester, CREATE)
            await old.ended()
        async with new_version(environ):
            await requester.sees_message("Schema refresh added to")
        assert playground.omni.writes == 1


@pytest.mark.slow  # as above
@ON_POSTGRES
async def test_a_change_that_failed_is_not_tried_again_by_a_new_version(
    database: Database, tmp_path: Path
) -> None:
    async with surroundings(database) as playground:
        playground.slack.delivery.patience = 1.0
        requester = playground.slack.people["U0REQUESTER"]
        environ = environment(playground, tmp_path)
        async with old_version(playground, environ, dies="after record") as old:
            await requester.types(COMMAND)
            card = await requester.sees_message(is_card)
            playground.omni.faults.switch_on(Fault.FAILING)
            await requester.clicks(card, "approve")
            await old.ended()
        playground.omni.faults.clear()
        async with new_version(environ):
            await requester.sees_message("Not changed")
        assert playground.omni.writes == 0


@pytest.mark.slow  # the living look for the work of the gone every ten seconds
@ON_POSTGRES
async def test_a_new_version_beside_the_old_one_leaves_it_its_work_until_it_goes(
    database: Database, tmp_path: Path
) -> None:
    async with surroundings(database) as playground:
        requester = playground.slack.people["U0REQUESTER"]
        environ = environment(playground, tmp_path)
        async with old_version(playground, environ, dies="never") as old:
            playground.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=60)
            await approves(requester)
            await playground.omni.pulse.until(lambda: playground.omni.writes or None)
            async with new_version(environ | {"DYNO": "worker.2"}) as new:
                assert "Took over" not in new.words  # it has looked, when it says so much
                assert await old.terminated() == 0
                playground.omni.faults.clear()
                await requester.sees_message("Omni says: At 06:00 PM", within=30)
                await finished(database)
                assert f"Took over from version {VERSION}" in new.words
        assert playground.omni.writes == 1
        assert len(announcements(playground)) == 1


@pytest.mark.slow
async def test_a_card_of_the_old_version_is_decided_with_the_new_one(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with surroundings(sqlite_database) as playground:
        requester = playground.slack.people["U0REQUESTER"]
        environ = environment(playground, tmp_path)
        async with old_version(playground, environ, dies="never") as old:
            await requester.types(COMMAND)
            card = await requester.sees_message(is_card)
            assert await old.terminated() == 0
        async with new_version(environ):
            await requester.clicks(card, "approve")
            await requester.sees_message("Omni says: At 06:00 PM")
        assert playground.omni.writes == 1


NEXT_REVISION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0004", "0003"


def upgrade():
    op.add_column("changes", sa.Column("ticket", sa.Text()))
"""


@pytest.mark.slow  # it waits for a table in use
@ON_POSTGRES
async def test_a_migration_lets_a_process_of_the_old_version_serve_on(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world_on(database) as world:
        card = await world.proposes()
        scripts = shutil.copytree(bot_database._MIGRATIONS, tmp_path / "migrations")
        (scripts / "versions" / "0004_next.py").write_text(NEXT_REVISION, "utf-8")
        monkeypatch.setattr(bot_database, "_MIGRATIONS", scripts)
        monkeypatch.setattr(bot_database, "HEAD", "0004")
        with psycopg.connect(database.url) as somebody:  # who reads the whole history, at leisure
            somebody.execute("SELECT id FROM changes").fetchall()
            migrating = asyncio.create_task(asyncio.to_thread(migrate, database.sync_url))
            for _ in range(3):
                answer = await world.requester.types("/omni-schedule pending")
                assert answer.seconds < 3
                await world.requester.sees_message("Production Snowflake")
            await world.requester.clicks(card, "approve")
            await world.requester.sees_message("Omni says: ", within=20)
            assert not migrating.done()
        assert await migrating == "0003"
        await world.proposes(COMMAND.replace("18", "20"))


async def test_a_button_that_this_version_does_not_know_is_answered(world: World) -> None:
    button = {
        "type": "button",
        "action_id": "approve_all",
        "text": {"type": "plain_text", "text": "Approve all"},
        "value": "4f2a9c",
    }
    await world.bot.app.client.chat_postMessage(
        channel=DATA_TEAM, text="Of last year", blocks=[{"type": "actions", "elements": [button]}]
    )
    message = await world.approver.sees_message("Of last year", channel=DATA_TEAM)

    answer = await world.approver.clicks(message, "approve_all")

    assert answer.status == 200
    await world.approver.sees_message("This is of another version of the bot")
