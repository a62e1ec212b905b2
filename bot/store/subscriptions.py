"""Subscriptions: which channels asked to be told of which connections."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import reading
from bot.store.rows import add
from bot.store.trail import By, record
from bot.tables import subscriptions

EVERY_CONNECTION = "*"


class SubscriptionStore:
    """Channels and the connections that they asked to be told of."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reader = reading(engine)

    async def begin(self, channel: str, connection_id: str, by: By, name: str = "") -> bool:
        """Tell a channel of a connection's changes; False where it was told already.

        The trail keeps the connection's name, as an auditor knows it by that.
        """
        row = {"channel": channel, "connection_id": connection_id, "by": by.actor, "at": by.at}
        about = {"channel": channel, "connection_id": connection_id, "connection": name}
        async with self._engine.begin() as conn:
            added = await add(conn, subscriptions, row)
            if added:
                await record(conn, None, "subscribe", by, about)
        return added

    async def end(self, channel: str, connection_id: str | None, by: By, name: str = "") -> int:
        """Stop telling a channel of one connection, or of all; return how many ended."""
        statement = subscriptions.delete().where(subscriptions.c.channel == channel)
        if connection_id is not None:
            statement = statement.where(subscriptions.c.connection_id == connection_id)
        ended_id = connection_id or EVERY_CONNECTION
        about = {"channel": channel, "connection_id": ended_id, "connection": name}
        async with self._engine.begin() as conn:
            ended = (await conn.execute(statement)).rowcount
            if ended:
                await record(conn, None, "unsubscribe", by, about)
        return ended

    async def connections(self, channel: str) -> tuple[str, ...]:
        """Return the connections that a channel asked to be told of, or `EVERY_CONNECTION`."""
        statement = sa.select(subscriptions.c.connection_id).where(
            subscriptions.c.channel == channel
        )
        async with self._reader.connect() as conn:
            rows = (await conn.execute(statement.order_by(subscriptions.c.at))).scalars()
            return tuple(rows)

    async def channels(self, connection_id: str) -> tuple[str, ...]:
        """Return the channels that asked to be told of a connection."""
        asked = subscriptions.c.connection_id.in_([connection_id, EVERY_CONNECTION])
        statement = sa.select(subscriptions.c.channel).where(asked).distinct()
        async with self._reader.connect() as conn:
            rows = (await conn.execute(statement.order_by(subscriptions.c.channel))).scalars()
            return tuple(rows)
