"""Which process this is, for as long as it lives; and whose work may be taken over.

A process takes the first free of the seats `name-1`, `name-2`, … by an advisory lock, which
Postgres gives back when the connection that holds it ends, however the process ended. So
the next process to start sits where a dead one sat and resumes its work at once, and the
living look now and then for work of seats that nobody holds. A process that merely hangs
keeps its seat, and one that lost the connection takes its seat again within two seconds. On
SQLite there is one process, held to that by a lock on a second small file, which the operating
system gives back when it ends; all other seats are vacant.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

import asyncio
import contextlib
import hashlib
import logging
import sqlite3
from collections.abc import AsyncIterator

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.database import QUIET, reading
from bot.errors import PersonError
from bot.tasks import Patience, in_time

log = logging.getLogger(__name__)

#: Seconds between looks whether the connection that holds the seat still does.
LOOK_AGAIN = 1.0

#: Looks in a row at which another process sat there, until it counts: one may only be looking.
REFUSED = 2

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
    """The place of a process that is the only one."""

    alone = True

    def __init__(self, executor_id: str, file: sqlite3.Connection | None = None) -> None:
        """Sit down."""
        self.executor_id = executor_id
        self._file = file  # keeps others from the same SQLite file

    @property
    def held(self) -> bool:
        """Whether nobody else may sit there, as far as is known."""
        return True

    @contextlib.asynccontextmanager
    async def vacant(self, executor_id: str) -> AsyncIterator[bool]:  # noqa: ARG002 - all others are
        """Say whether nobody else sits there, and keep it so meanwhile."""
        yield True

    async def leave(self, patience: Patience) -> None:  # noqa: ARG002 - nobody is waited for
        """Let the next process sit here, if the database is there to be told."""
        if self._file is not None:
            self._file.close()


class SharedSeat(Seat):
    """The place of a process among those that share a Postgres."""

    alone = False

    def __init__(
        self, engine: AsyncEngine, own: AsyncEngine, executor_id: str, held: AsyncConnection
    ) -> None:
        """Sit down, and look after the seat until it is left."""
        super().__init__(executor_id)
        self._engine = engine
        self._own = own
        self._held: AsyncConnection | None = held
        self._refused = 0
        self._leaving = asyncio.Event()
        self._keeping = asyncio.create_task(self._keep())

    @property
    def held(self) -> bool:
        """Whether the connection that holds it is there."""
        return self._held is not None

    @contextlib.asynccontextmanager
    async def vacant(self, executor_id: str) -> AsyncIterator[bool]:
        """Say whether nobody else sits there, and keep it so meanwhile."""
        if executor_id == self.executor_id:
            yield True
            return
        held = await _sit(self._engine, executor_id)
        try:
            yield held is not None
        finally:
            if held is not None:
                await _leave(held)

    async def leave(self, patience: Patience) -> None:
        """Let the next process sit here, if the database is there to be told."""
        self._leaving.set()
        with contextlib.suppress(TimeoutError):
            await in_time(self._stand_up(), patience.next())

    async def _stand_up(self) -> None:
        await self._keeping
        if self._held is not None:
            await _leave(self._held)

    async def _keep(self) -> None:
        """Take the seat again where the connection that held it was lost, until it is left."""
        while not await self._leaves_within(LOOK_AGAIN):
            if self._held is None:
                await self._sit_again()
            elif not await _answers(self._held):
                log.warning("The connection that held seat %s was lost", self.executor_id)
                await _leave(self._held)
                self._held, self._refused = None, 0
                await self._sit_again()

    async def _leaves_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._leaving.wait(), seconds)
        return self._leaving.is_set()

    async def _sit_again(self) -> None:
        try:
            self._held = await _sit(self._own, self.executor_id)
        except (SQLAlchemyError, OSError):
            return  # the database is away, as others say
        if self._held is not None:
            log.warning("Took seat %s again", self.executor_id)
            return
        self._refused += 1
        if self._refused == REFUSED:
            words = "Another process took seat %s meanwhile; it is taken again when that one ends"
            log.warning(words, self.executor_id)


async def take(engine: AsyncEngine, name: str) -> Seat:
    """Return the first free seat of a name."""
    if engine.dialect.name != "postgresql":
        file = await _file_of(engine)
        return Seat(name, await asyncio.to_thread(_lock_beside, file) if file else None)
    # Beside the pool, in which the seat would wait for its connection behind everybody.
    own = create_async_engine(engine.url, poolclass=sa.NullPool, **QUIET)
    number = 1
    while (held := await _sit(own, f"{name}-{number}")) is None:
        number += 1
    return SharedSeat(engine, own, f"{name}-{number}", held)


async def _file_of(engine: AsyncEngine) -> str:
    """Return the path of a database, links followed, as SQLite has it; "" for one in memory."""
    asked = "SELECT file FROM pragma_database_list WHERE name = 'main'"
    async with reading(engine).connect() as conn:
        return (await conn.exec_driver_sql(asked)).scalar_one() or ""


def _lock_beside(database: str) -> sqlite3.Connection:
    """Return what keeps every other process from serving with a SQLite file, as long as we live.

    Raises PersonError where another process does not end in time.
    """
    beside = f"{database}-seat"
    with contextlib.ExitStack() as stack:
        try:
            lock = sqlite3.connect(
                beside, ENDS_WITHIN, isolation_level=None, check_same_thread=False
            )
            stack.callback(lock.close)
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise PersonError(f"The file {beside} cannot be locked: {error}.") from error
            raise PersonError(
                f"Another process serves with {database}, and SQLite is for one: both would write "
                "the same change. Stop that one, or set DATABASE_URL to a Postgres, which several "
                "share."
            ) from error
        stack.pop_all()
    return lock


async def _sit(engine: AsyncEngine, executor_id: str) -> AsyncConnection | None:
    """Return a connection that holds a seat; None where somebody else sits there."""
    conn = await engine.connect()
    held = False
    try:
        # No transaction stays open.
        conn = await conn.execution_options(isolation_level="AUTOCOMMIT")
        held = await _lock(conn, executor_id)
    finally:
        if not held:
            await _leave(conn)
    return conn if held else None


async def _lock(conn: AsyncConnection, executor_id: str) -> bool:
    watched = [sa.func.set_config(name, value, False) for name, value in NOTICED_SOON.items()]
    locked = sa.func.pg_try_advisory_lock(key_of(executor_id))
    return bool(await conn.scalar(sa.select(locked, *watched)))


def key_of(executor_id: str) -> int:
    """Return the number that a seat has among Postgres's advisory locks."""
    digest = hashlib.sha256(f"omni-schedule-bot {executor_id}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


async def _answers(conn: AsyncConnection) -> bool:
    try:
        await conn.execute(sa.select(1))
    except SQLAlchemyError:
        return False
    return True


async def _leave(conn: AsyncConnection) -> None:
    try:
        await conn.execute(sa.select(sa.func.pg_advisory_unlock_all()))
    except SQLAlchemyError:  # lost, and its locks with it
        await conn.invalidate()
    await conn.close()
