"""The load itself: the crowd at work, and the bot killed under it and started again."""

import asyncio
import contextlib
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.change import Change
from bot.database import connect
from bot.playground.omni import Entry
from bot.playground.slack import Message, Person
from bot.store import ChangeStore
from tests.crash.cells import finished
from tests.crash.processes import BotProcess, bot_process, environment
from tests.databases import Database
from tests.load.eyes import Eyes
from tests.load.people import Command, People
from tests.load.town import Effect, Town, founded

#: Seconds in which the bot counts Omni's 60 requests here.
MINUTE = 0.3


@dataclass(frozen=True, slots=True)
class Plan:
    """How much, how often killed, and the seed of every chance."""

    commands: int
    kills: int
    seed: int


@dataclass(frozen=True, slots=True)
class Outage:
    """A bot was killed, and the next one listened."""

    killed: datetime
    back: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """What everybody has to say about it afterwards."""

    commands: tuple[Command, ...]
    outages: tuple[Outage, ...]
    changes: tuple[Change, ...]  # as the bot remembers them
    messages: tuple[Message, ...]  # as they stand in Slack
    sent: tuple[Entry, ...]  # writes that reached Omni
    effects: tuple[Effect, ...]  # writes that Omni carried out
    crons: dict[str, str]  # how the schedules stand in Omni
    errors: tuple[str, ...]  # lines of the bot's log


@dataclass(slots=True)
class Load:
    """A load under way."""

    plan: Plan
    town: Town
    tell: Callable[[str], None]
    up: asyncio.Event = field(default_factory=asyncio.Event)
    commands: list[Command] = field(default_factory=list)
    done: int = 0
    killed: datetime | None = None
    outages: list[Outage] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def work(self, eyes: Eyes) -> None:
        """Let everybody work, one command at a time each, until all are carried out."""
        people = People(eyes, self.up)
        free = deque(self.town.connections)

        async def works(person: Person) -> None:
            while len(self.commands) < self.plan.commands:
                connection = free.popleft()
                command = self.town.command(person, connection)
                self.commands.append(command)
                await people.carry_out(command)
                free.append(connection)
                self.done += 1

        async with asyncio.TaskGroup() as group:
            for person in self.town.crowd:
                group.create_task(works(person))

    async def bots(self, eyes: Eyes, environ: dict[str, str], working: asyncio.Task[None]) -> None:
        """Run one bot after the other: all are killed but the last, which works to the end."""
        for number in range(1, self.plan.kills + 1):
            async with self._bot(environ) as process:
                await self._have_done(eyes, self.plan.commands * number // (self.plan.kills + 1))
                self.up.clear()
                self.killed = datetime.now(UTC)
                await process.killed()
                self.tell(f"killed after {self.done:,} commands")
        async with self._bot(environ) as process:
            await working
            await finished(Database(environ["DATABASE_URL"]))
            assert await process.terminated() == 0

    async def _have_done(self, eyes: Eyes, enough: int) -> None:
        await eyes.until(lambda: True if self.done >= enough else None)
        # The bot dies at any moment, and not always just after somebody was told.
        await asyncio.sleep(self.town.dice.random())

    @contextlib.asynccontextmanager
    async def _bot(self, environ: dict[str, str]) -> AsyncIterator[BotProcess]:
        async with bot_process(environ, "tests.load.process", str(MINUTE)) as process:
            line = await process.says("Listening on")
            address = line.split("Listening on")[1].split()[0]
            self.town.playground.slack.events_url = f"http://{address}/slack/events"
            if self.killed is not None:
                self.outages.append(Outage(self.killed, datetime.now(UTC)))
            self.up.set()
            yield process
        self.errors += [one for one in process.words.splitlines() if " ERROR " in one]


async def load(
    plan: Plan, database: Database, tell: Callable[[str], None] = lambda _: None
) -> Evidence:
    """Run a load on a database and return what it leaves behind."""
    async with founded(database, plan.commands, plan.seed) as town:
        under_way, eyes = Load(plan, town, tell), Eyes(town.playground.slack)
        with tempfile.TemporaryDirectory() as folder:
            environ = _environment(town, Path(folder))
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(eyes.watch())
                working = group.create_task(under_way.work(eyes))
                await under_way.bots(eyes, environ, working)
                watching.cancel()
        return await _evidence(under_way, database)


def _environment(town: Town, folder: Path) -> dict[str, str]:
    """Return what leads a bot over HTTP to the stand-ins."""
    environ = environment(town.playground, folder, policy=town.policy)
    del environ["SLACK_APP_TOKEN"]
    secret = town.playground.settings.slack_signing_secret
    return environ | {"SLACK_SIGNING_SECRET": secret, "HOST": "127.0.0.1", "PORT": "0"}


async def _evidence(under_way: Load, database: Database) -> Evidence:
    town, engine = under_way.town, connect(database.async_url)
    try:
        changes = await ChangeStore(engine).history(limit=100 * under_way.plan.commands)
    finally:
        await engine.dispose()
    slack, omni = town.playground.slack, town.playground.omni
    everything = slack.workspace.messages.values()
    found = (omni.data.schedule(one.schedule_id) for one in town.connections)
    return Evidence(
        commands=tuple(under_way.commands),
        outages=tuple(under_way.outages),
        changes=changes,
        messages=tuple(one for one in everything if one.user == slack.bot_user_id),
        sent=tuple(one for one in omni.log if one.method != "GET"),
        effects=tuple(town.witness.effects),
        crons={one.id: one.cron for one in found if one is not None},
        errors=tuple(under_way.errors),
    )
