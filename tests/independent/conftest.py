"""The real bot as a process, between an independent Slack stand-in and Omni's."""

import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.playground.omni import OmniStandIn
from bot.playground.start import LOOPBACK
from bot.settings import Mode, Settings
from tests.crash.processes import bot_process, environment
from tests.databases import Database
from tests.independent.local_slack import LocalSlack, NotToBeHadError, Person, install, running
from tests.world import surroundings

STARTED = {Mode.HTTP: "Listening on", Mode.SOCKET: "Connected to Slack over Socket Mode"}


@dataclass(frozen=True, slots=True)
class Town:
    """Slack, Omni, the people, and the bot between them."""

    slack: LocalSlack
    omni: OmniStandIn

    @property
    def requester(self) -> Person:
        """Robin, who asks."""
        return self.slack.person("U0REQUESTER")

    @property
    def approver(self) -> Person:
        """Ada, who decides where somebody else has to."""
        return self.slack.person("U0APPROVER")

    @property
    def writes(self) -> list[str]:
        """The methods of the requests that would change something in Omni, in order."""
        return [entry.method for entry in self.omni.log if entry.method != "GET"]


@pytest.fixture(scope="session")
def program(request: pytest.FixtureRequest) -> Path:
    """Give the independent stand-in's program; skip where it is not to be had.

    It listens on every address of the machine and has no option for less, so it runs only
    where there is no address but loopback's. It is fetched wherever this is asked for.
    """
    assert request.config.cache is not None
    try:
        found = install(request.config.cache.mkdir("local-slack"))
    except NotToBeHadError as error:
        pytest.skip(f"local-slack is not to be had here: {error}")
    if [name for _, name in socket.if_nameindex()] != ["lo"]:
        pytest.skip("local-slack listens on every address: see .ci/run for how to be alone")
    return found


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """Keep a free port for a process that is told of it before it listens."""
    # Bound, but not listening: nobody is given it, and who sets SO_REUSEADDR can listen on it.
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind((LOOPBACK, 0))
        yield keeper.getsockname()[1]


@pytest.fixture(params=[Mode.HTTP, Mode.SOCKET])
async def town(
    request: pytest.FixtureRequest, program: Path, sqlite_database: Database, tmp_path: Path
) -> AsyncIterator[Town]:
    """Give the bot, over HTTP and over Socket Mode."""
    mode: Mode = request.param
    async with surroundings(sqlite_database) as playground, AsyncExitStack() as stack:
        chosen = replace(playground.settings, mode=mode, port=stack.enter_context(reserved_port()))
        slack = await stack.enter_async_context(running(program, tmp_path, chosen))
        chosen = replace(chosen, slack_api_url=slack.api_url)
        environ = environment(replace(playground, settings=chosen), tmp_path)
        if mode is Mode.HTTP:
            environ |= over_http(chosen)
        bot = await stack.enter_async_context(bot_process(environ, "bot"))
        await bot.says(STARTED[mode])
        yield Town(slack, playground.omni)
        assert await bot.terminated() == 0
        assert "ERROR" not in bot.words, bot.words
        assert not slack.complaints
        assert not playground.slack.requests, "the bot asked our own stand-in"


def over_http(settings: Settings) -> dict[str, str]:
    """Return what makes a bot process serve over HTTP."""
    return {
        "SLACK_APP_TOKEN": "",
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
        "HOST": settings.host,
        "PORT": str(settings.port),
    }
