"""The whole bot between two stand-ins, and the people in it, for tests through the front door."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bot.playground.omni import OmniStandIn
from bot.playground.slack import Person, SlackStandIn
from bot.playground.start import POLICY, bot_between, stand_ins
from bot.policy_file import read
from bot.service import Service
from bot.settings import Settings
from tests.databases import Database

DATA_TEAM, FINANCE, GENERAL = "C0DATATEAM", "C0FINANCE", "C0GENERAL"
CONNECTION = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
SCHEDULE = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
COMMAND = f'/omni-schedule {CONNECTION} {SCHEDULE} "00 18 ? * * *" Europe/London'


@dataclass(frozen=True, slots=True)
class World:
    """Slack, Omni, the people, and the bot between them."""

    slack: SlackStandIn
    omni: OmniStandIn
    bot: Service

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
    def writes(self) -> list[str]:
        """The methods of the requests that would change something in Omni, in order."""
        return [entry.method for entry in self.omni.log if entry.method != "GET"]


@contextlib.asynccontextmanager
async def world_on(database: Database, policy: str = POLICY) -> AsyncIterator[World]:
    """Run everything on a database; whatever Slack refused for its blocks fails the test."""
    settings = replace(Settings.from_env({}), database_url=database.url)
    async with (
        stand_ins(settings) as playground,
        bot_between(playground, read(policy, file="policy.toml")) as bot,
    ):
        yield World(playground.slack, playground.omni, bot)
        assert not playground.slack.refusals


@pytest.fixture
async def world(sqlite_database: Database) -> AsyncIterator[World]:
    """Give the bot on a fresh SQLite file, with the playground's policy."""
    async with world_on(sqlite_database) as running:
        yield running
