"""Changes as rows, and the statements that are the same for all that is remembered."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.change import Action, Change, Place, Status, Terms
from bot.tables import IS_APPLIED, IS_LOST, IS_OPEN, changes

Condition = sa.ColumnElement[bool] | sa.TextClause
Order = tuple[sa.ColumnElement[Any], ...]

NEWEST_FIRST: Order = (changes.c.created_at.desc(), changes.c.id.desc())
OLDEST_FIRST: Order = (changes.c.created_at, changes.c.id)
SOONEST_FIRST: Order = (changes.c.expires_at, changes.c.id)


async def add(conn: AsyncConnection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Insert a row; say False where the table has one that excludes it."""
    return (await conn.execute(_adding(conn.dialect.name, table), row)).first() is not None


@lru_cache  # to put it together takes longer than to run it, and somebody waits for a card
def _adding(dialect: str, table: sa.Table) -> sa.Executable:
    statement = _insert(dialect, table).on_conflict_do_nothing()
    # Asked to return something, because psycopg's count of inserted rows is not kept.
    return statement.returning(sa.literal(1))


async def put(conn: AsyncConnection, table: sa.Table, row: Mapping[str, Any]) -> None:
    """Insert a row, in the place of the one with the same key."""
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in row.items() if name not in keys}
    statement = _insert(conn.dialect.name, table).values(row)
    await conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=rest))


async def select(
    conn: AsyncConnection,
    *where: Condition,
    limit: int,
    order: Order = NEWEST_FIRST,
    first: int = 0,
) -> tuple[Change, ...]:
    """Return the changes that meet all conditions, from the `first` on, counted from 0."""
    statement = changes.select().where(*where).order_by(*order).limit(limit).offset(first)
    return tuple(_from_row(row) for row in (await conn.execute(statement)).mappings())


async def load(conn: AsyncConnection, change_id: str, *, lock: bool = False) -> Change | None:
    """Return a change by its id; locked, it stays as it is until the transaction ends."""
    statement = changes.select().where(changes.c.id == change_id)
    if lock:  # SQLite has no row locks; there the whole transaction is exclusive
        statement = statement.with_for_update()
    row = (await conn.execute(statement)).mappings().first()
    return _from_row(row) if row else None


def holding(connection_id: str, schedule_id: str | None) -> tuple[Condition, ...]:
    """Return the conditions of the change that holds a schedule."""
    return (
        changes.c.connection_id == connection_id,
        changes.c.schedule_id == schedule_id,
        IS_OPEN,
    )


def lost_since(connection_id: str, moment: datetime) -> tuple[Condition, ...]:
    """Return the conditions of a connection's changes whose outcome was lost since a moment."""
    return IS_LOST, changes.c.connection_id == connection_id, changes.c.finished_at > moment


async def after_the_last(
    conn: AsyncConnection, connection_id: str, schedule_id: str, moment: datetime
) -> datetime:
    """Return a moment, or the first one after all that was done to a schedule before.

    What came later is told by it, though a clock was set back or is behind another process's.
    """
    latest = sa.select(sa.func.max(changes.c.finished_at)).where(
        changes.c.schedule_id == schedule_id
    )
    lost = latest.where(*lost_since(connection_id, moment))
    ended: Iterable[datetime | None] = await conn.scalars(
        sa.union_all(latest.where(IS_APPLIED), lost)
    )
    return max([moment, *(one + timedelta.resolution for one in ended if one is not None)])


def to_row(change: Change) -> dict[str, Any]:
    """Return a change as the table takes it."""
    row = {name: getattr(change, name) for name in Change.__slots__}
    row |= {name: to_json(row[name]) for name in ("before", "after", "seen")}
    row |= {name: list(row[name]) for name in ("channels", "approvers", "others")}
    row["cards"] = [asdict(place) for place in change.cards]
    return row


def to_json(value: Any) -> Any:
    """Return a value as the database's JSON takes it."""
    return value.to_json() if isinstance(value, Terms) else value


def _from_row(row: sa.RowMapping) -> Change:
    values = dict(row)
    for name in ("before", "after", "seen"):
        values[name] = Terms.from_json(values[name]) if values[name] else None
    values |= {name: tuple(values[name]) for name in ("channels", "approvers", "others")}
    values |= {"action": Action(values["action"]), "status": Status(values["status"])}
    values["cards"] = tuple(Place(**place) for place in values["cards"])
    return Change(**values)


def _insert(dialect: str, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    if dialect == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
