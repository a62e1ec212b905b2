"""SIGTERM while a change is being applied: gone within ten seconds, and nothing is lost."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground.omni import Fault, Requests
from bot.playground.slack import Person
from bot.playground.start import Playground
from tests.crash.processes import BotProcess, bot_process, connected, environment
from tests.databases import Database
from tests.world import COMMAND, is_card, surroundings

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
    found = environment(playground, tmp_path)
    if request.param == "socket":
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
    revision = playground.omni.revision
    while not playground.omni.writes:
        revision = await playground.omni.changed(revision)
    return requester


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
        await requester.sees_message("Omni says: At 06:00 PM GMT", within=15)
        assert await process.terminated() == 0
    assert playground.omni.writes == 1
