"""Which process this is, for as long as it lives; and whose work may be taken over.

A process takes the first free of the seats `name-1`, `name-2`, … by an advisory lock, which
Postgres gives back when the connection that holds it ends, however the process ended. So
the next process to start sits where a dead one sat and resumes its work at once, and the
living look now and then for work of seats that nobody holds. A process that merely hangs
keeps its seat. On SQLite there is one process, held to that by a lock on a second small file,
which the operating system gives back when it ends; all other seats are vacant.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

import asyncio
import contextlib
import hashlib
import logging
import sqlite3
from collections.abc import AsyncIterator
from itertools import count

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import PersonError
from bot.tasks import Patience, in_time

log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0  # seconds

#: Seconds to wait for the process before this one, which is about to end, to leave its SQLite file.
ENDS_WITHIN = 15.0

#: How soon Postgres shall notice that whoever holds a seat is gone without a word, machine and
#: all: after 5 + 3 * 2 seconds, by keepalives or, where an answer is under way to it, which no
#: keepalive watches, by a limit on that, in milliseconds. Left alone it would wait for a quarter
#: of an hour or for two hours, and the work with it.
#: https://www.postgresql.org/docs/current/runtime-config-connection.html#RUNTIME-CONFIG-TCP
NOTICED_SOON = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "11000",
}


class Seat:
    """The place of this process among those that share a database."""

    def __init__(
        self,
        engine: AsyncEngine,
        executor_id: str,
        held: AsyncConnection | None,
        file: sqlite3.Connection | None = None,
    ) -> None:
        self.executor_id = executor_id
        self._engine = engine
        self._held = held
        self._file = file  # keeps others from the same SQLite file

    @property
    def alone(self) -> bool:
        """Whether there can be no other process."""
        return self._held is None

    async def keep(self) -> None:
        """Take the seat again where the connection that held it was lost."""
        if self._held is None:
            return
        try:
            await self._held.execute(sa.select(1))
        except SQLAlchemyError:
            log.warning("The connection that held seat %s was lost", self.executor_id)
            await _leave(self._held)
            self._held = await _connect(self._engine)
            while not await _lock(self._held, self.executor_id):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(LOOK_AGAIN)  # somebody looks whether it is vacant
            log.warning("Took seat %s again", self.executor_id)

    @contextlib.asynccontextmanager
    async def vacant(self, executor_id: str) -> AsyncIterator[bool]:
        """Say whether nobody else sits there, and keep it so meanwhile."""
        if self._held is None or executor_id == self.executor_id:
            yield True
            return
        conn = await _connect(self._engine)
        try:
            yield await _lock(conn, executor_id)
        finally:
            await _leave(conn)

    async def leave(self, patience: Patience) -> None:
        """Let the next process sit here, if the database is there to be told."""
        if self._file is not None:
            self._file.close()
        if self._held is not None:
            with contextlib.suppress(TimeoutError):
                await in_time(_leave(self._held), patience.next())


async def take(engine: AsyncEngine, name: str) -> Seat:
    """Return the first free seat of a name."""
    if engine.dialect.name != "postgresql":
        file = await asyncio.to_thread(_lock_file, f"{engine.url.database}")
        return Seat(engine, name, None, file)
    conn = await _connect(engine)
    for number in count(1):
        if await _lock(conn, f"{name}-{number}"):
            break
    return Seat(engine, f"{name}-{number}", conn)


def _lock_file(database: str) -> sqlite3.Connection:
    """Return what keeps every other process from serving with a SQLite file, as long as we live.

    Raises PersonError where another process does not end in time.
    """
    beside = sqlite3.connect(
        f"{database}-seat", timeout=ENDS_WITHIN, isolation_level=None, check_same_thread=False
    )
    try:
        beside.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        beside.close()
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise PersonError(f"The file {database}-seat cannot be locked: {error}.") from error
        raise PersonError(
            f"Another process serves with {database}, and SQLite is for one: both would write the "
            "same change. Stop that one, or set DATABASE_URL to a Postgres, which several share."
        ) from error
    return beside


async def _connect(engine: AsyncEngine) -> AsyncConnection:
    conn = await engine.connect()
    return await conn.execution_options(isolation_level="AUTOCOMMIT")  # no transaction stays open


async def _lock(conn: AsyncConnection, executor_id: str) -> bool:
    digest = hashlib.sha256(f"omni-schedule-bot {executor_id}".encode()).digest()
    key = int.from_bytes(digest[:8], signed=True)
    watched = [sa.func.set_config(name, value, False) for name, value in NOTICED_SOON.items()]
    return bool(await conn.scalar(sa.select(sa.func.pg_try_advisory_lock(key), *watched)))


async def _leave(conn: AsyncConnection) -> None:
    if conn.closed:  # and no new one could be had since
        return
    try:
        await conn.execute(sa.select(sa.func.pg_advisory_unlock_all()))
    except SQLAlchemyError:  # lost, and its locks with it
        await conn.invalidate()
    await conn.close()
