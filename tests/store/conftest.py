"""A store over each database, and the engine under it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import connect
from bot.store import ChangeStore
from tests.databases import Database


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """Give an engine as the bot makes it."""
    engine = connect(database.async_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def store(engine: AsyncEngine) -> ChangeStore:
    """Give the store."""
    return ChangeStore(engine)
