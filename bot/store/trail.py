"""The audit trail: one row for each event, written in the transaction of what it tells of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.change import Change, Status
from bot.store.rows import to_json
from bot.tables import audit


@dataclass(frozen=True, slots=True)
class By:
    """Who did something, when, and from where in Slack."""

    actor: str
    surface: str
    at: datetime
    key: str | None = None  # the workflow step that does it: done twice, recorded once


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the audit trail."""

    change_id: str
    at: datetime
    actor: str
    surface: str
    event: str
    status: Status
    detail: dict[str, Any] | None


async def record(
    conn: AsyncConnection, change: Change | None, event: str, by: By, detail: dict[str, Any] | None
) -> None:
    """Write a row."""
    await conn.execute(
        audit.insert().values(
            change_id=change.id if change else None,
            at=by.at,
            actor=by.actor,
            surface=by.surface,
            event=event,
            status=change.status if change else None,
            detail=detail,
            key=by.key,
        )
    )


async def record_new(conn: AsyncConnection, change: Change, event: str, by: By) -> None:
    """Write the first row of a change: what its card says, as far as nothing else tells."""
    shown = {"before": to_json(change.before), "after": to_json(change.after)}
    more = {"reason": change.reason, "undo_of": change.undo_of}
    shown |= {name: value for name, value in more.items() if value is not None}
    await record(conn, change, event, by, shown)


async def recorded(conn: AsyncConnection, key: str) -> bool:
    """Say whether a workflow's step has left its row."""
    return (await conn.execute(sa.select(audit.c.id).where(audit.c.key == key))).first() is not None


async def entries(conn: AsyncConnection, change_id: str) -> tuple[Entry, ...]:
    """Return a change's rows, oldest first."""
    statement = audit.select().where(audit.c.change_id == change_id).order_by(audit.c.id)
    rows = (await conn.execute(statement)).mappings().all()
    return tuple(_entry(row) for row in rows)


def _entry(row: sa.RowMapping) -> Entry:
    names: Sequence[str] = Entry.__slots__
    return Entry(**{**{name: row[name] for name in names}, "status": Status(row["status"])})
