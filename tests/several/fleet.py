"""Several bot processes on one Postgres, and Slack's deliveries spread over them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.playground.slack import Message, Person
from bot.playground.start import POLICY, Playground, listening
from bot.settings import Mode
from tests.crash.cells import finished
from tests.crash.processes import BotProcess, bot_process, connected, environment
from tests.databases import Database
from tests.world import surroundings

MANY = 4


@dataclass(frozen=True, slots=True)
class Fleet:
    """The stand-ins, and the processes between them."""

    playground: Playground
    database: Database
    processes: tuple[BotProcess, ...]
    clock: Path

    @property
    def requester(self) -> Person:
        """Robin, an analyst."""
        return self.playground.slack.people["U0REQUESTER"]

    @property
    def approver(self) -> Person:
        """Ada, who leads the data platform."""
        return self.playground.slack.people["U0APPROVER"]

    def later(self, ahead: timedelta) -> None:
        """Set the clocks of all processes ahead."""
        self.clock.write_text(str(ahead.total_seconds()), "ascii")

    def said(self, words: str) -> list[Message]:
        """Return every message of the bot's with these words, to whomever."""
        slack = self.playground.slack
        messages = slack.workspace.messages.values()
        return [one for one in messages if one.user == slack.bot_user_id and words in one.words]

    async def stop(self) -> None:
        """Let every process that lives end what it has under way, and itself."""
        await finished(self.database)
        living = [one for one in self.processes if one.lives]
        assert await asyncio.gather(*(one.terminated() for one in living)) == [0] * len(living)


@contextlib.asynccontextmanager
async def fleet(
    database: Database, folder: Path, *, mode: Mode, policy: str = POLICY
) -> AsyncIterator[Fleet]:
    """Run the processes, and let Slack reach them in either mode."""
    clock = folder / "clock"
    clock.write_text("0", "ascii")
    async with contextlib.AsyncExitStack() as stack:
        playground = await stack.enter_async_context(surroundings(database))
        environ = environment(playground, folder, policy=policy) | {"CLOCK": str(clock)}
        if mode is Mode.HTTP:
            secret = playground.settings.slack_signing_secret
            environ |= {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": secret}
            environ |= {"HOST": "127.0.0.1", "PORT": "0"}
        processes = [
            await stack.enter_async_context(
                bot_process(environ | {"DYNO": f"web.{number}"}, "tests.several.process")
            )
            for number in range(MANY)
        ]
        if mode is Mode.HTTP:
            addresses = [await _address(one) for one in processes]
            url = await stack.enter_async_context(_router(addresses))
            playground.slack.events_url = f"{url}/slack/events"
        else:
            await connected(playground.slack, *processes)
        yield Fleet(playground, database, tuple(processes), clock)


async def _address(process: BotProcess) -> str:
    line = await process.says("Listening on")
    return f"http://{line.rpartition('Listening on ')[2].strip()}"


@contextlib.asynccontextmanager
async def _router(addresses: list[str]) -> AsyncIterator[str]:
    """Hand each request to the next process that takes it, as a platform's router does."""
    turns = cycle(addresses)

    async def route(request: web.Request) -> web.Response:
        body = await request.read()
        for _ in addresses:
            url = f"{next(turns)}{request.path}"
            with contextlib.suppress(aiohttp.ClientConnectorError):
                async with session.post(url, data=body, headers=request.headers) as answer:
                    kind = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
                    return web.Response(
                        status=answer.status, body=await answer.read(), headers=kind
                    )
        return web.Response(status=503)

    app = web.Application()
    app.router.add_post("/{path:.*}", route)
    async with aiohttp.ClientSession() as session, listening(app) as url:
        yield url
