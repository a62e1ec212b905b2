"""What other processes decide comes to those who follow, in whatever order it is committed."""

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.change import Event
from bot.slack.following import FollowedTeller
from bot.store import ChangeStore
from bot.store.changes import _move
from tests.store.samples import APPROVER, NOON, a_change, by

pytestmark = pytest.mark.parametrize("database", ["postgres"], indirect=True)


async def test_what_was_committed_late_is_told_too(store: ChangeStore, engine: AsyncEngine) -> None:
    quick, slow = a_change(), a_change()
    for change in (quick, slow):
        await store.propose(change, "command")
    told: list[str] = []
    async with aiohttp.ClientSession() as session:
        teller = FollowedTeller(AsyncWebClient(session=session), session, clock=lambda: NOON)
        teller.follow(lambda change: told.append(change.id))
        await teller.catch_up(store)
        async with engine.begin() as conn:
            await _move(conn, slow.id, Event.CANCEL, by(APPROVER), {})
            await store.move(quick.id, Event.CANCEL, by(APPROVER))  # a higher number, and first
            await teller.catch_up(store)
        await teller.catch_up(store)
        await teller.catch_up(store)
    assert told == [quick.id, slow.id]
