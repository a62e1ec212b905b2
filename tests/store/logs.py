"""Logs of many past changes, as they are after months of use."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.change import Status
from bot.database import reading
from bot.store.rows import to_row
from bot.tables import audit, changes
from tests.store.samples import APPROVER, NOON, REQUESTER, a_change

CONNECTIONS, SCHEDULES = 20, 200
_AT_ONCE = 10_000

#: Most changes are applied; the newest few are open.
_ENDS = (Status.APPLIED, Status.APPLIED, Status.APPLIED, Status.CANCELLED, Status.EXPIRED)
_OPEN_NOW = 10


async def fill(engine: AsyncEngine, past: int) -> None:
    """Record `past` changes with their trails, a minute apart, ending at noon."""
    random = Random(past)
    rows = list(_rows(past, random))
    async with engine.begin() as conn:
        for start in range(0, past, _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            await conn.execute(changes.insert(), some)
            await conn.execute(audit.insert(), [entry for row in some for entry in _trail(row)])
    # What Postgres's own housekeeping does within a minute.
    async with reading(engine).connect() as conn:  # in no transaction, which would end undone
        await conn.execute(sa.text("ANALYZE"))


def _rows(past: int, random: Random) -> Iterator[dict[str, Any]]:
    for number in range(past):
        created_at = NOON - timedelta(minutes=past - number)
        change = a_change(
            id=f"{random.getrandbits(128):032x}",
            connection_id=f"connection-{number % CONNECTIONS}",
            schedule_id=f"schedule-{number % SCHEDULES}",
            created_at=created_at,
            expires_at=created_at + timedelta(hours=8),
            second_person=True,
        )
        if number < past - _OPEN_NOW:
            end = created_at + timedelta(seconds=30)
            change = replace(change, status=random.choice(_ENDS), decided_at=end, finished_at=end)
        yield to_row(change)


def _trail(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    first = {"change_id": row["id"], "at": row["created_at"], "surface": "command"}
    yield first | {"actor": REQUESTER, "event": "propose", "status": Status.PENDING}
    if row["status"] is not Status.PENDING:
        yield first | {"actor": APPROVER, "event": "end", "status": row["status"]}
