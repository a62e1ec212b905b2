"""What the durable engine keeps of what has ended, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.durable import Durable
from bot.tasks import Patience
from tests.databases import Database

HOUR = timedelta(hours=1)


@pytest.fixture
async def durable(database: Database) -> AsyncIterator[Durable]:
    engine = Durable(database.sync_url, executor_id="local")
    yield engine
    await engine.stop(Patience(each=1, together=4))


async def test_what_ended_long_ago_is_forgotten_and_nothing_else(durable: Durable) -> None:
    ran: list[str] = []
    done, go_on = asyncio.Queue[str](), asyncio.Event()

    async def work(name: str) -> None:
        ran.append(name)
        if name == "endless":
            await go_on.wait()
        done.put_nowait(name)

    registered = durable.register("work", work)
    durable.start()

    async def begin(*names: str) -> None:
        for name in names:
            await durable.begin(registered, name, name)

    await begin("one", "two", "endless")
    assert {await done.get(), await done.get()} == {"one", "two"}

    await durable.forget_finished(datetime.now(UTC) - HOUR)
    await begin("one", "two")  # on record, so that they do not run again
    assert ran == ["one", "two", "endless"]

    async with asyncio.timeout(10):
        while ran.count("one") == 1:  # until its end is on record, and it is begun anew
            await durable.forget_finished(datetime.now(UTC) + HOUR)
            await begin("one", "endless")
    assert ran.count("endless") == 1  # it has not ended yet
    go_on.set()
