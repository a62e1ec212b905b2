"""What was last seen of each schedule in Omni, kept to notice what changes outside the bot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot import metrics
from bot.change import Change, Status, Terms
from bot.database import reading
from bot.metrics import Number
from bot.store.rows import after_the_last, lost_since, put, select, to_row
from bot.store.trail import By, record_new
from bot.tables import IS_OPEN, changes, sightings, watched

#: How long it is remembered that a schedule is gone: longer than any look at Omni takes.
KEEP_GONE = timedelta(days=1)

#: How long what a change sent is taken for its own when it comes late.
KEEP_LOST = timedelta(days=1)

_MOST_OPEN = 10_000  # of one connection: more than it has schedules
_MOST_NOTICED = 1_000


@dataclass(frozen=True, slots=True)
class Sighting:
    """How a schedule was seen, and when; no terms: it was gone."""

    terms: Terms | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a connection's schedules, by their ids."""

    first: bool  # nothing was known of the connection: whatever is seen is no news
    sightings: Mapping[str, Sighting]
    #: Schedules that the bot is changing at this moment; None stands for a new one.
    busy: frozenset[str | None] = frozenset()
    #: Changes of the bot's whose outcome is not known: what they sent may come late.
    lost: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """What a look told: changes made outside the bot, and what was seen otherwise than before."""

    changes: tuple[Change, ...] = ()
    seen: Mapping[str, Terms | None] = field(default_factory=dict)


class SightingStore:
    """What was seen of each connection, and the changes that it told of."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reader = reading(engine)

    async def notice(self, connection_id: str, by: By, judge: Callable[[Known], News]) -> None:
        """Record what was seen of a connection, together with the changes that it tells of.

        `judge` turns what was known before into the news; it must not wait.
        """
        async with self._engine.begin() as conn:
            news = judge(await _known(conn, connection_id, by.at))
            for change in news.changes:
                await _add(conn, change, by)
            for schedule_id, terms in news.seen.items():
                await see(conn, connection_id, schedule_id, terms, by.at)
        for change in news.changes:
            metrics.count(Number.CHANGES, status=change.status)

    async def looked_at(self) -> dict[str, datetime]:
        """Return when each connection was last looked at, by its id."""
        async with self._reader.connect() as conn:
            rows = (await conn.execute(watched.select())).all()
        return {row.connection_id: row.at for row in rows}

    async def noticed(self, since: datetime) -> tuple[Change, ...]:
        """Return the changes that were noticed from a moment on, newest first."""
        where = (changes.c.created_at >= since, changes.c.requester == "")
        async with self._reader.connect() as conn:
            return await select(conn, *where, limit=_MOST_NOTICED)


async def _add(conn: AsyncConnection, change: Change, by: By) -> None:
    """Record a change that a look told of."""
    if change.schedule_id is not None:
        about = change.connection_id, change.schedule_id
        change = replace(change, finished_at=await after_the_last(conn, *about, by.at))
    await conn.execute(changes.insert().values(to_row(change)))
    await record_new(conn, change, "notice", by)


async def see(
    conn: AsyncConnection, connection_id: str, schedule_id: str, terms: Terms | None, at: datetime
) -> None:
    """Keep how a schedule stands now; no terms: it is gone."""
    plain = terms.to_json() if terms else None
    row = {"schedule_id": schedule_id, "connection_id": connection_id, "terms": plain, "at": at}
    await put(conn, sightings, row)


async def unlearn(conn: AsyncConnection, connection_id: str) -> None:
    """Take the next look at a connection for the first: it is not known what the bot did there."""
    await conn.execute(watched.delete().where(watched.c.connection_id == connection_id))


async def _known(conn: AsyncConnection, connection_id: str, at: datetime) -> Known:
    """Return what is known of a connection, and note that it is looked at."""
    await _forget_gone(conn, connection_id, at - KEEP_GONE)
    # Whoever comes second waits here until the first is done, and then knows what it saw.
    marked = watched.update().where(watched.c.connection_id == connection_id).values(at=at)
    first = (await conn.execute(marked)).rowcount == 0
    if first:
        await put(conn, watched, {"connection_id": connection_id, "at": at})
    # In the order in which a change comes to its end: whatever ends while this is read is found in
    # the one or in the next.
    busy = await _busy(conn, connection_id)
    lost = await select(conn, *lost_since(connection_id, at - KEEP_LOST), limit=_MOST_OPEN)
    rows = await conn.execute(sightings.select().where(sightings.c.connection_id == connection_id))
    return Known(first, {row.schedule_id: _sighting(row) for row in rows}, busy, lost)


async def _forget_gone(conn: AsyncConnection, connection_id: str, before: datetime) -> None:
    await conn.execute(
        sightings.delete().where(
            sightings.c.connection_id == connection_id,
            sightings.c.terms.is_(None),
            sightings.c.at < before,
        )
    )


async def _busy(conn: AsyncConnection, connection_id: str) -> frozenset[str | None]:
    open_here = (changes.c.connection_id == connection_id, IS_OPEN)
    found = await select(conn, *open_here, limit=_MOST_OPEN)
    return frozenset(one.schedule_id for one in found if one.status is Status.APPLYING)


def _sighting(row: sa.Row[tuple[object, ...]]) -> Sighting:
    return Sighting(Terms.from_json(row.terms) if row.terms else None, row.at)
