"""The same bot over Socket Mode: no public address, the same story."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot import service
from bot.playground.slack import SlackStandIn
from bot.playground.start import POLICY
from bot.policy_file import read
from bot.serve import serve_socket_mode
from tests.databases import Database
from tests.world import COMMAND, DATA_TEAM, Clock, World, is_card, surroundings


@pytest.fixture
async def world(sqlite_database: Database) -> AsyncIterator[World]:
    """Give the bot, connected over Socket Mode."""
    async with surroundings(sqlite_database) as playground:
        stop = asyncio.Event()
        policy = read(POLICY, file="policy.toml")
        async with service.running(playground.settings, policy) as bot:
            serving = asyncio.create_task(serve_socket_mode(playground.settings, bot, stop))
            await connected(playground.slack)

            async def stopped() -> None:
                stop.set()
                await serving

            yield World(playground.slack, playground.omni, sqlite_database, bot, Clock(), stopped)
            await stopped()


async def connected(slack: SlackStandIn) -> None:
    """Wait until the bot has its connection."""
    await slack.pulse.until(lambda: slack.sockets.count or None)


async def test_the_whole_story_goes_over_socket_mode(world: World) -> None:
    card = await world.proposes()
    answer = await world.requester.clicks(card, "approve")
    assert answer.error is None
    result = await world.requester.sees_message("Omni says: At 06:00 PM")
    assert result.id == card.id
    await world.admin.sees_message("Production Snowflake changed", channel=DATA_TEAM)
    assert world.writes == ["PUT"]


async def test_what_cannot_be_read_is_answered_over_the_same_connection(world: World) -> None:
    await world.requester.types('/omni-schedule f47a a1b2 "00 25 ? * * *"')
    await world.requester.sees_message("`25` is not an hour")


async def test_a_form_gets_its_field_errors_over_socket_mode(world: World) -> None:
    await world.requester.clicks(await world.proposes(), "edit")
    form = await world.requester.sees_modal("Edit the change")
    await world.requester.submits(form, {"when": "0 25 ? * * *"})
    assert world.requester.modal is not None
    assert "25" in world.requester.modal.errors["when"]


async def test_a_connection_that_slack_refreshes_loses_nothing(world: World) -> None:
    await world.slack.sockets.refresh()
    await connected(world.slack)
    await world.requester.types(COMMAND)
    assert await world.requester.sees_message(is_card)


async def test_an_address_that_is_good_no_more_is_not_tried_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.serve.CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(world.slack.workspace, "tickets", _FirstIsLost())
    await world.slack.sockets.refresh()
    async with asyncio.timeout(15):
        await connected(world.slack)
    await world.proposes()


class _FirstIsLost(set[str]):
    """Tickets of which the first has expired when the bot comes with it."""

    def __init__(self) -> None:
        super().__init__()
        self._issued = 0

    def add(self, ticket: str) -> None:
        self._issued += 1
        if self._issued > 1:
            super().add(ticket)
