"""What was last seen of each schedule in Omni, kept to notice what changes outside the bot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.change import Change, Terms
from bot.tables import sightings, watched

#: How long it is remembered that a schedule is gone: longer than any look at Omni takes.
KEEP_GONE = timedelta(days=1)


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


@dataclass(frozen=True, slots=True)
class News:
    """What a look told: changes made outside the bot, and what was seen otherwise than before."""

    changes: tuple[Change, ...] = ()
    seen: Mapping[str, Terms | None] = field(default_factory=dict)


async def known(conn: AsyncConnection, connection_id: str, at: datetime) -> Known:
    """Return what is known of a connection, and note that it is looked at."""
    await conn.execute(
        sightings.delete().where(
            sightings.c.connection_id == connection_id,
            sightings.c.terms.is_(None),
            sightings.c.at < at - KEEP_GONE,
        )
    )
    # Whoever comes second waits here until the first is done, and then knows what it saw.
    marked = watched.update().where(watched.c.connection_id == connection_id).values(at=at)
    first = (await conn.execute(marked)).rowcount == 0
    if first:
        await conn.execute(_insert(conn, watched, {"connection_id": connection_id, "at": at}))
    rows = await conn.execute(sightings.select().where(sightings.c.connection_id == connection_id))
    return Known(first, {row.schedule_id: _sighting(row) for row in rows})


async def see(
    conn: AsyncConnection, connection_id: str, schedule_id: str, terms: Terms | None, at: datetime
) -> None:
    """Keep how a schedule stands now; no terms: it is gone."""
    plain = terms.to_json() if terms else None
    row = {"schedule_id": schedule_id, "connection_id": connection_id, "terms": plain, "at": at}
    await conn.execute(_insert(conn, sightings, row))


async def unlearn(conn: AsyncConnection, connection_id: str) -> None:
    """Take the next look at a connection for the first: it is not known what the bot did there."""
    await conn.execute(watched.delete().where(watched.c.connection_id == connection_id))


def _sighting(row: sa.Row[tuple[object, ...]]) -> Sighting:
    return Sighting(Terms.from_json(row.terms) if row.terms else None, row.at)


def _insert(conn: AsyncConnection, table: sa.Table, row: Mapping[str, object]) -> sa.Insert:
    """Return an insert that takes the place of the row with the same key."""
    made = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in row.items() if name not in keys}
    return made(table).values(row).on_conflict_do_update(index_elements=keys, set_=rest)
