"""The whole bot between two stand-ins, and the people in it, for tests through the front door."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.change import Change
from bot.database import connect
from bot.playground.omni import Entry, Fault, OmniStandIn, Requests, StoredSchedule
from bot.playground.omni.seed import seed
from bot.playground.slack import Message, Person, SlackStandIn
from bot.playground.start import POLICY, Playground, bot_between, listening, stand_ins
from bot.policy_file import read
from bot.service import Service
from bot.settings import Settings
from bot.store import ChangeStore
from bot.store import Entry as AuditEntry
from tests import secrecy
from tests.databases import Database

DATA_TEAM, FINANCE, GENERAL = "C0DATATEAM", "C0FINANCE", "C0GENERAL"
CONNECTION = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
SCHEDULE = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
COMMAND = f'/omni-schedule {CONNECTION} {SCHEDULE} "00 18 ? * * *" Europe/London'

#: Somebody else has to approve these: Ada and Sam may, Robin asks.
SECOND_PERSON = '/omni-schedule "Finance Redshift" "0 20 L * ? *"'


@dataclass(slots=True)
class Clock:
    """A clock that the test moves; it starts at the real time, which Slack's signatures need."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True, slots=True)
class World:
    """Slack, Omni, the people, and the bot between them."""

    slack: SlackStandIn
    omni: OmniStandIn
    database: Database
    bot: Service
    clock: Clock
    #: Stops the bot, which waits for what it has under way: nothing comes after it.
    stop: Callable[[], Awaitable[None]]

    @property
    def requester(self) -> Person:
        """Robin, an analyst in London."""
        return self.slack.people["U0REQUESTER"]

    @property
    def approver(self) -> Person:
        """Ada, who leads the data platform from New York."""
        return self.slack.people["U0APPROVER"]

    @property
    def admin(self) -> Person:
        """Sam, an admin of the workspace, in Berlin."""
        return self.slack.people["U0ADMIN"]

    @property
    def guest(self) -> Person:
        """Gus, a guest."""
        return self.slack.people["U0GUEST"]

    @property
    def schedule(self) -> StoredSchedule:
        """The documentation's schedule as Omni has it now."""
        found = self.omni.data.schedule(SCHEDULE)
        assert found is not None, "somebody deleted it"
        return found

    @property
    def writes(self) -> list[str]:
        """The methods of the requests that would change something in Omni, in order."""
        return [entry.method for entry in self.sent]

    @property
    def sent(self) -> list[Entry]:
        """The requests that would change something in Omni, in order."""
        return [entry for entry in self.omni.log if entry.method != "GET"]

    async def history(self) -> tuple[Change, ...]:
        """Return the changes on record, newest first; also when the bot has been stopped."""
        async with self._store() as store:
            return await store.history(limit=100)

    async def trail(self, change: Change) -> tuple[AuditEntry, ...]:
        """Return a change's audit trail; also when the bot has been stopped."""
        async with self._store() as store:
            return await store.trail(change.id)

    @contextlib.asynccontextmanager
    async def _store(self) -> AsyncIterator[ChangeStore]:
        engine = connect(self.database.async_url)
        try:
            yield ChangeStore(engine)
        finally:
            await engine.dispose()

    def told(self, channel: str) -> list[Message]:
        """Return what everybody in a channel can read of the bot's, threads left out."""
        everybody = self.slack.workspace.messages.values()
        own = self.slack.bot_user_id
        return [
            message
            for message in everybody
            if message.channel == channel and message.user == own and not message.ephemeral
            if message.thread_ts in {None, message.ts}
        ]

    async def learns_names(self) -> None:
        """Have the bot list the connections anew, as it does where nothing has the name."""
        seen = {message.id for message in self.admin.sees()}
        await self.admin.types("/omni-schedule show zzzzzz")
        await self.admin.sees_message(
            lambda m: m.id not in seen and "Omni shows no connection" in m.words
        )

    async def proposes(self, command: str = COMMAND) -> Message:
        """Let the requester type a command, and return the card."""
        await self.requester.types(command)
        return await self.requester.sees_message(is_card)

    async def is_writing(self, *, seconds: float) -> None:
        """Let the requester approve a change; Omni has the write, and takes so long to answer."""
        self.omni.faults.switch_on(Fault.SLOW, requests=Requests.WRITES, seconds=seconds)
        await self.requester.clicks(await self.proposes(), "approve")
        await write_has_come(self.omni)


async def write_has_come(omni: OmniStandIn) -> None:
    """Wait until Omni has been written to."""
    await omni.pulse.until(lambda: omni.writes or None)


def is_card(message: Message) -> bool:
    """Say whether a message asks for a decision."""
    return any(button.action_id == "approve" for button in message.buttons)


@contextlib.asynccontextmanager
async def surroundings(database: Database, *, old_omni: bool = False) -> AsyncIterator[Playground]:
    """Run both stand-ins; whatever Slack refused for its blocks fails the test at the end."""
    settings = replace(Settings.from_env({}), database_url=database.url)
    async with contextlib.AsyncExitStack() as stack:
        playground = await stack.enter_async_context(stand_ins(settings))
        if old_omni:
            omni = OmniStandIn(playground.settings.omni_api_key, old=True)
            seed(omni.data)
            url = await stack.enter_async_context(listening(omni.app))
            settings = replace(playground.settings, omni_base_url=url)
            playground = replace(playground, omni=omni, settings=settings)
        secrecy.know(playground.settings.secrets)
        yield playground
        assert not playground.slack.refusals


@contextlib.asynccontextmanager
async def bot_in(playground: Playground, policy: str = POLICY) -> AsyncIterator[World]:
    """Run the bot between stand-ins that may outlive it."""
    clock = Clock()
    rules = read(policy, file="policy.toml")
    async with contextlib.AsyncExitStack() as stack:
        # The durable engine takes the loop's threads with it: a second bot needs new ones.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        asked = len(playground.omni.log)
        bot = await stack.enter_async_context(bot_between(playground, rules, clock=clock))
        with contextlib.suppress(TimeoutError):  # it may have no request left
            async with asyncio.timeout(1):
                await _knows_names(playground.omni, asked)
        yield World(
            playground.slack,
            playground.omni,
            Database(playground.settings.database_url),
            bot,
            clock,
            stack.aclose,
        )


async def _knows_names(omni: OmniStandIn, asked: int) -> None:
    """Wait until a bot has asked for the names that people may use."""
    await omni.pulse.until(lambda: len(omni.log) > asked or None)


@contextlib.asynccontextmanager
async def world_on(
    database: Database, policy: str = POLICY, *, old_omni: bool = False
) -> AsyncIterator[World]:
    """Run everything on a database."""
    async with (
        surroundings(database, old_omni=old_omni) as playground,
        bot_in(playground, policy) as world,
    ):
        yield world


@pytest.fixture
def sqlite_database(migrated_sqlite: Path, tmp_path: Path) -> Database:
    """Give a fresh migrated SQLite file."""
    return Database(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'omni.db')}")


@pytest.fixture
async def world(sqlite_database: Database) -> AsyncIterator[World]:
    """Give the bot on a fresh SQLite file, with the playground's policy."""
    async with world_on(sqlite_database) as running:
        yield running
