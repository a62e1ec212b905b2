"""The stores over each database, and the engine under it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import connect
from bot.store import AnnouncementStore, ChangeStore, DeliveryStore, SubscriptionStore
from tests.databases import Database


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """Give an engine as the bot makes it."""
    engine = connect(database.async_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def store(engine: AsyncEngine) -> ChangeStore:
    """Give the store of changes."""
    return ChangeStore(engine)


@pytest.fixture
def announcements(engine: AsyncEngine) -> AnnouncementStore:
    """Give the store of announcements."""
    return AnnouncementStore(engine)


@pytest.fixture
def subscriptions(engine: AsyncEngine) -> SubscriptionStore:
    """Give the store of subscriptions."""
    return SubscriptionStore(engine)


@pytest.fixture
def deliveries(engine: AsyncEngine) -> DeliveryStore:
    """Give the store of deliveries."""
    return DeliveryStore(engine)
