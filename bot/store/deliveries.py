"""Deliveries: what Slack sent lately, so that what it repeats is taken once."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.rows import add
from bot.tables import deliveries


class DeliveryStore:
    """Slack's latest deliveries, for all processes at once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def is_first(self, key: str, at: datetime) -> bool:
        """Say whether this delivery was not seen before, and remember it."""
        async with self._engine.begin() as conn:
            return await add(conn, deliveries, {"key": key, "at": at})

    async def forget(self, before: datetime) -> None:
        """Drop the deliveries that are too old to be repeated."""
        async with self._engine.begin() as conn:
            await conn.execute(deliveries.delete().where(deliveries.c.at < before))
