"""SIGTERM while a change is being applied: gone within ten seconds, and nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bot.change import Change, Status
from bot.database import connect
from bot.playground.omni import Fault, Requests
from bot.playground.slack import Message, Person
from bot.playground.start import Playground
from bot.store import ChangeStore
from tests.crash.processes import BotProcess, bot_process, connected, environment
from tests.databases import Database
from tests.world import COMMAND, is_card, surroundings, write_has_come

WITHIN = 10.0  # seconds


@pytest.fixture
async def playground(sqlite_database: Database) -> AsyncIterator[Playground]:
    """Give the stand-ins; the bot is another process."""
    async with surroundings(sqlite_database) as running:
        running.slack.delivery.patience = 1.0
        yield running


@pytest.fixture(params=["socket", pytest.param("http", marks=pytest.mark.slow)])
def environ(
    request: pytest.FixtureRequest, playground: Playground, tmp_path: Path
) -> dict[str, str]:
    """Give the settings of a process in either mode."""
    return in_mode(request.param, playground, tmp_path)


def in_mode(mode: str, playground: Playground, folder: Path) -> dict[str, str]:
    """Return the settings of a process that Slack reaches over Socket Mode or over HTTP."""
    found = environment(playground, folder)
    if mode == "socket":
        playground.slack.events_url = None
        return found
    secret = playground.settings.slack_signing_secret
    http = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": secret}
    return found | http | {"HOST": "127.0.0.1", "PORT": "0"}


async def is_up(playground: Playground, process: BotProcess) -> None:
    """Wait until Slack reaches a process, in its mode."""
    if "Socket Mode" in await process.says("Serving"):
        await connected(playground.slack, process)
        return
    line = await process.says("Listening on")
    address = line.rpartition("Listening on ")[2].strip()
    playground.slack.events_url = f"http://{address}/slack/events"


async def approves(playground: Playground) -> Person:
    """Propose and approve, and wait until the write has reached Omni."""
    requester = playground.slack.people["U0REQUESTER"]
    await requester.types(COMMAND)
    await requester.clicks(await requester.sees_message(is_card), "approve")
    await write_has_come(playground.omni)
    return requester


@pytest.mark.slow
async def test_a_write_that_is_soon_answered_is_finished_before_the_process_ends(
    playground: Playground, environ: dict[str, str]
) -> None:
    playground.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=0.5)
    async with bot_process(environ, "bot") as process:
        await is_up(playground, process)
        requester = await approves(playground)
        assert await process.terminated() == 0
    await requester.sees_message("Omni says: ", within=0.1)
    assert playground.omni.writes == 1


@pytest.mark.slow
async def test_a_write_that_hangs_is_taken_up_by_the_next_start(
    playground: Playground, environ: dict[str, str]
) -> None:
    playground.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=60)
    async with bot_process(environ, "bot") as process:
        await is_up(playground, process)
        requester = await approves(playground)
        began = time.monotonic()
        assert await process.terminated() == 0
        assert time.monotonic() - began < WITHIN
        assert "Traceback" not in process.words
    playground.omni.faults.clear()
    async with bot_process(environ, "bot") as process:
        await is_up(playground, process)
        await requester.sees_message("Omni says: At 06:00 PM", within=15)
        assert await process.terminated() == 0
    assert playground.omni.writes == 1


@pytest.mark.slow
async def test_everything_that_somebody_typed_and_that_is_not_done_is_told_so(
    playground: Playground, tmp_path: Path
) -> None:
    playground.omni.faults.switch_on(Fault.SLOW, seconds=60)
    async with bot_process(in_mode("socket", playground, tmp_path), "bot") as process:
        await is_up(playground, process)
        requester = playground.slack.people["U0REQUESTER"]
        for _ in range(3):  # of which the later ones wait for the first
            await requester.types("/omni-schedule list")
        assert await process.terminated() == 0
    told = [one for one in requester.sees() if "The bot is being restarted" in one.words]
    assert len(told) == 3


async def proposes(playground: Playground, name: str) -> Message:
    """Make a connection with a schedule, propose a change of it, and return the card."""
    data = playground.omni.data
    data.add_schedule(data.add_connection(name), "0 9 * * ? *", "Europe/London")
    requester = playground.slack.people["U0REQUESTER"]
    await requester.types(f'/omni-schedule "{name}" "0 18 * * ? *"')
    return await requester.sees_message(lambda one: is_card(one) and name in one.words)


def is_result_of(name: str, message: Message) -> bool:
    return name in message.words and "Omni says: " in message.words


async def history(database: Database) -> tuple[Change, ...]:
    """Return the changes on record."""
    engine = connect(database.async_url)
    try:
        return await ChangeStore(engine).history(limit=100)
    finally:
        await engine.dispose()


@pytest.mark.slow  # one change after the other
async def test_under_load_it_ends_in_time_and_what_was_decided_is_carried_out_once(
    playground: Playground, environ: dict[str, str], sqlite_database: Database
) -> None:
    requester = playground.slack.people["U0REQUESTER"]
    names = [f"Warehouse {number}" for number in range(6)]  # 60 requests a minute
    playground.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=0.5)
    async with bot_process(environ, "bot") as process:
        await is_up(playground, process)
        cards = [await proposes(playground, name) for name in names]
        clicks = [asyncio.create_task(requester.clicks(card, "approve")) for card in cards]
        typing = [asyncio.create_task(requester.types("/omni-schedule list")) for _ in range(50)]
        await write_has_come(playground.omni)
        began = time.monotonic()
        assert await process.terminated() == 0
        assert time.monotonic() - began < WITHIN
        await asyncio.gather(*clicks, *typing)
    async with bot_process(environ, "bot") as process:
        await is_up(playground, process)
        decided = [
            change.connection_name
            for change in await history(sqlite_database)
            if change.status is not Status.PENDING
        ]
        assert decided
        for name in decided:
            await requester.sees_message(partial(is_result_of, name), within=60)
        assert await process.terminated() == 0
    assert playground.omni.writes == len(decided)
