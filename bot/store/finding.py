"""Finding changes: one, those that wait, a page of the past."""

from collections.abc import Iterable
from datetime import datetime
from string import hexdigits

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.change import Action, Change, Status
from bot.database import reading
from bot.finding import fold
from bot.store.rows import (
    NEWEST_FIRST,
    OLDEST_FIRST,
    SOONEST_FIRST,
    Condition,
    Order,
    holding,
    load,
    lost_since,
    select,
)
from bot.store.trail import Entry, entries, recorded
from bot.tables import IS_APPLIED, IS_OPEN, IS_WAY_BACK, UtcDateTime, audit, changes

_MOST_MOVED = 1_000
_MAY_HAVE_MADE = (Status.APPLYING, Status.APPLIED, Status.UNKNOWN)


class UnknownChangeError(LookupError):
    """No change has this id."""


class ChangeFinder:
    """Reads changes and their audit trail; waits for no writer."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._reader = reading(engine)

    async def get(self, change_id: str) -> Change:
        """Return a change; raises `UnknownChangeError`."""
        async with self._reader.connect() as conn:
            found = await load(conn, change_id)
        if found is None:
            raise UnknownChangeError(change_id)
        return found

    async def find(self, prefix: str, *, limit: int = 5) -> tuple[Change, ...]:
        """Return the changes whose id, hexadecimal, starts with `prefix`, newest first."""
        start = prefix.lower()
        if not set(start) <= set(hexdigits):
            return ()
        # A range, because LIKE serves itself of the key's index on neither database;
        # "g" comes after every hexadecimal digit.
        return await self._select(changes.c.id >= start, changes.c.id < f"{start}g", limit=limit)

    async def open_change(self, connection_id: str, schedule_id: str | None) -> Change | None:
        """Return the change that holds a schedule."""
        found = await self._select(*holding(connection_id, schedule_id), limit=1)
        return found[0] if found else None

    async def open_changes(self, *, limit: int = 100) -> tuple[Change, ...]:
        """Return the changes that are pending or being applied, newest first."""
        return await self._select(IS_OPEN, limit=limit)

    async def open_of(self, connection_ids: Iterable[str]) -> tuple[Change, ...]:
        """Return the changes of some connections that are pending or being applied."""
        own = changes.c.connection_id.in_(tuple(connection_ids))
        return await self._select(IS_OPEN, own, limit=_MOST_MOVED)

    async def ending_soonest(self, *, first: int, limit: int) -> tuple[Change, ...]:
        """Return a page of the changes that are open, those that expire next first."""
        return await self._select(IS_OPEN, limit=limit, order=SOONEST_FIRST, first=first)

    async def count_open(self) -> int:
        """Return how many changes are pending or being applied."""
        counted = sa.select(sa.func.count()).select_from(changes).where(IS_OPEN)
        async with self._reader.connect() as conn:
            return int((await conn.execute(counted)).scalar_one())

    async def history(
        self,
        connection_id: str | None = None,
        *,
        before: Change | None = None,
        limit: int = 10,
    ) -> tuple[Change, ...]:
        """Return a page of changes, newest first, of those older than `before`."""
        where: list[Condition] = []
        if connection_id is not None:
            where.append(changes.c.connection_id == connection_id)
        if before is not None:
            older = sa.tuple_(changes.c.created_at, changes.c.id)
            moment = sa.literal(before.created_at, UtcDateTime)
            where.append(older < sa.tuple_(moment, sa.literal(before.id)))
        return await self._select(*where, limit=limit)

    async def connections_called(self, name: str) -> tuple[str, ...]:
        """Return the ids of the connections of changes that have, or had, this name or id.

        All changes are gone through: this is for what Omni does not tell.
        """
        named = sa.select(changes.c.connection_id, changes.c.connection_name).distinct()
        async with self._reader.connect() as conn:
            rows = (await conn.execute(named)).all()
        return tuple({one for one, called in rows if fold(name) in {fold(one), fold(called)}})

    async def last_applied(self, schedule_id: str | None = None) -> Change | None:
        """Return the change that was applied last: to one schedule, or through the bot at all."""
        where: list[Condition] = [IS_APPLIED]
        if schedule_id is None:
            where.append(changes.c.requester != "")
        else:
            where.append(changes.c.schedule_id == schedule_id)
        found = await self._select(*where, order=(changes.c.finished_at.desc(),), limit=1)
        return found[0] if found else None

    async def applied_before(self, change: Change) -> Change | None:
        """Return the change that was applied to the same schedule before this one."""
        found = await self._select(
            IS_APPLIED,
            changes.c.schedule_id == change.schedule_id,
            changes.c.finished_at < change.finished_at,
            order=(changes.c.finished_at.desc(),),
            limit=1,
        )
        return found[0] if found else None

    async def applied_after(self, change: Change) -> Change | None:
        """Return the last change that was applied after this one: to its schedule, or to undo it.

        What brings a deleted schedule back is a change of another schedule.
        """
        if change.schedule_id is None:
            return None
        if change.after is None:
            back = await self.way_back(change)
            return back if back is not None and back.status is Status.APPLIED else None
        last = await self.last_applied(change.schedule_id)
        return last if last is not None and last.id != change.id else None

    async def lost_since(self, connection_id: str, moment: datetime) -> tuple[Change, ...]:
        """Return the changes of a connection whose outcome was lost since a moment."""
        return await self._select(*lost_since(connection_id, moment), limit=_MOST_MOVED)

    async def sent_again_since(
        self, schedule_id: str | None, moment: datetime
    ) -> tuple[Change, ...]:
        """Return what was applied to a schedule since a moment by more than one write."""
        since = (changes.c.schedule_id == schedule_id, changes.c.finished_at > moment)
        return await self._select(IS_APPLIED, *since, changes.c.sends > 1, limit=_MOST_MOVED)

    async def way_back(self, deletion: Change) -> Change | None:
        """Return the change that brings a deleted schedule back, or has done so, or may have."""
        found = await self._select(changes.c.undo_of == deletion.id, IS_WAY_BACK, limit=1)
        return found[0] if found else None

    async def replaced_by(self, change: Change) -> Change | None:
        """Return the change whose place this one took."""
        found = await self._select(
            changes.c.connection_id == change.connection_id,
            changes.c.status == Status.CANCELLED,
            changes.c.outcome == change.id,
            limit=1,
        )
        return found[0] if found else None

    async def created_beside(self, change: Change) -> tuple[Change, ...]:
        """Return the other changes that made a schedule on the same connection, or may have."""
        return await self._select(
            changes.c.connection_id == change.connection_id,
            changes.c.action == Action.CREATE,
            changes.c.status.in_(_MAY_HAVE_MADE),
            changes.c.id != change.id,
            limit=_MOST_MOVED,
        )

    async def due(self, now: datetime) -> tuple[Change, ...]:
        """Return the pending changes whose time is over."""
        return await self._select(
            IS_OPEN, changes.c.status == Status.PENDING, changes.c.expires_at <= now, limit=100
        )

    async def to_remind(self, now: datetime, *, most: int, limit: int = 100) -> tuple[Change, ...]:
        """Return what waits for a second person reminded less than `most` times, oldest first."""
        return await self._select(
            IS_OPEN,
            changes.c.status == Status.PENDING,
            changes.c.second_person,
            changes.c.reminders < most,
            changes.c.expires_at > now,
            order=OLDEST_FIRST,
            limit=limit,
        )

    async def trail(self, change_id: str) -> tuple[Entry, ...]:
        """Return a change's audit trail, oldest first."""
        async with self._reader.connect() as conn:
            return await entries(conn, change_id)

    async def is_recorded(self, key: str) -> bool:
        """Say whether a workflow's step has left its row on the audit trail."""
        async with self._reader.connect() as conn:
            return await recorded(conn, key)

    async def latest(self) -> int:
        """Return the number of the newest row of the audit trail."""
        async with self._reader.connect() as conn:
            return (await conn.execute(sa.select(sa.func.max(audit.c.id)))).scalar_one() or 0

    async def moved_between(self, after: int, last: int) -> tuple[Change, ...]:
        """Return the changes that rows of the audit trail tell of: after one, up to another."""
        rows = sa.select(audit.c.change_id).where(audit.c.id > after, audit.c.id <= last)
        return await self._select(changes.c.id.in_(rows), limit=_MOST_MOVED)

    async def ping(self) -> None:
        """Raise where the database does not answer with what is on record."""
        async with self._reader.connect() as conn:
            await conn.execute(sa.select(changes.c.id).limit(1))  # SQLite reads no file for less

    async def _select(
        self, *where: Condition, limit: int, order: Order = NEWEST_FIRST, first: int = 0
    ) -> tuple[Change, ...]:
        async with self._reader.connect() as conn:
            return await select(conn, *where, limit=limit, order=order, first=first)
