"""What the watch is told of a connection while another process ends a change there."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

from bot.change import Event, Status
from bot.omni import Connection, ConnectionSchedule
from bot.store import By, ChangeStore, News, SightingStore
from bot.watch import Look
from tests.databases import Database
from tests.store.samples import EVENING, MORNING, NOON, SNOWFLAKE, brought_to
from tests.test_seats import engine_on

#: Questions that are asked before it is judged what is news.
ASKED = 5


@contextmanager
def before_statement(engine: AsyncEngine, number: int, meanwhile: Any) -> Iterator[None]:
    """Do something in the middle of a transaction, before its statement of a number."""
    numbers = count(1)

    def hear(*_statement: object) -> None:
        if next(numbers) == number:
            await_only(meanwhile())

    sa.event.listen(engine.sync_engine, "before_cursor_execute", hear)
    yield
    sa.event.remove(engine.sync_engine, "before_cursor_execute", hear)
    assert next(numbers) > ASKED


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("number", range(1, ASKED + 1))
@pytest.mark.parametrize("event", [Event.CONFIRM, Event.LOSE])
async def test_what_the_bot_wrote_is_no_news_whenever_that_is_put_on_record(
    database: Database, store: ChangeStore, engine: AsyncEngine, event: Event, number: int
) -> None:
    change = await brought_to(store, Status.APPLYING)
    schedule_id = change.schedule_id
    assert schedule_id is not None
    sightings, seen = SightingStore(engine), News(seen={schedule_id: MORNING})
    long_ago = By("", "watch", NOON)
    await sightings.notice(SNOWFLAKE, long_ago, lambda _known: seen)
    at = change.expires_at
    shown = {"schedule": EVENING.cron, "timezone": EVENING.timezone}
    plain = {"scheduleId": schedule_id, "connectionId": SNOWFLAKE, **shown}
    found = {schedule_id: ConnectionSchedule.from_api(plain)}
    connection = Connection(SNOWFLAKE, "Production Snowflake", "snowflake")
    look = Look(connection, found, (), at)

    async with engine_on(database) as elsewhere:
        by = By("", "omni", at)

        async def ends() -> None:
            await ChangeStore(elsewhere).move(change.id, event, by, seen=EVENING)

        with before_statement(engine, number, ends):
            await sightings.notice(SNOWFLAKE, By("", "watch", at), look.news)

    assert await store.history() == (await store.get(change.id),)
