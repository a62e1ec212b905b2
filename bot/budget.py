"""Omni's requests, counted for all processes together in one row of the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.omni import Budget, Ledger, Line, MemoryBudget
from bot.tables import budget

#: The database's own clock: those of the processes may differ.
_NOW = sa.func.extract("epoch", sa.func.clock_timestamp())
_ROW = 1


def budget_in(engine: AsyncEngine) -> Budget:
    """Return the budget that all processes on this database share; SQLite has just one."""
    return MemoryBudget() if engine.dialect.name == "sqlite" else SharedBudget(engine)


class SharedBudget:
    """Keeps the ledger of an API key that several processes use."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Take a Postgres; nothing is read yet."""
        self._engine = engine

    async def take(self, line: Line, count: int) -> float:
        """Spend `count` requests and return 0, or spend none and return the seconds to wait."""
        async with self._locked() as (conn, ledger, now):
            if wait := ledger.wait(line, count, now):
                return wait
            await _keep(conn, ledger.spend(count, now))
            return 0.0

    async def close(self, seconds: float) -> None:
        """Let nobody send anything for some seconds."""
        async with self._locked() as (conn, ledger, now):
            await _keep(conn, ledger.close(seconds, now))

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[tuple[AsyncConnection, Ledger, float]]:
        """Give the ledger and the time, with every other process waiting meanwhile."""
        async with self._engine.begin() as conn:
            new = insert(budget).values(id=_ROW, sent=[], closed_until=0.0)
            # The row is locked by this, whether it was there or not.
            touched = new.on_conflict_do_update(index_elements=["id"], set_={"id": _ROW})
            row = (await conn.execute(touched.returning(budget))).one()
            # Asked afterwards, because the statement above may have waited for its lock.
            now = float((await conn.execute(sa.select(_NOW))).scalar_one())
            yield conn, Ledger(tuple(row.sent), row.closed_until), now


async def _keep(conn: AsyncConnection, ledger: Ledger) -> None:
    values = {"sent": list(ledger.sent), "closed_until": ledger.closed_until}
    await conn.execute(budget.update().where(budget.c.id == _ROW).values(values))
