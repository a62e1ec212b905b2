"""Omni's schedules together with what this bot knows of them: open changes, last changes."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.catalog import Catalog
from bot.change import Change
from bot.omni import Connection, ConnectionSchedule, OmniError
from bot.store import ChangeStore

EVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """A schedule, and the changes of it that matter now."""

    schedule: ConnectionSchedule
    open: Change | None  # that holds it
    lost: Change | None  # whose outcome is unknown, where nothing was applied since
    last: Change | None  # that was applied


@dataclass(frozen=True, slots=True)
class Entry:
    """A connection with some of its schedules."""

    connection: Connection
    rows: tuple[Row, ...] = ()
    total: int = 0  # schedules that it has
    new: tuple[Change, ...] = ()  # open changes that would add a schedule
    problem: str | None = None  # why Omni did not tell the schedules


class Overview:
    """Puts together what Omni shows and what is on record."""

    def __init__(self, catalog: Catalog, store: ChangeStore) -> None:
        """Take both sources."""
        self._catalog = catalog
        self._store = store

    async def entries(
        self, connections: Sequence[Connection], *, each: int, first: int = 0
    ) -> tuple[Entry, ...]:
        """Return connections with up to `each` schedules from the `first` on.

        One request to Omni for each connection whose schedules are not kept, all at once. One
        that fails says so in its entry.
        """
        changes = await self._store.open_of(one.id for one in connections)
        asked = (self._entry(one, changes, first, first + each) for one in connections)
        return tuple(await asyncio.gather(*asked))

    async def row(self, schedule: ConnectionSchedule) -> Row:
        """Return what is known of one schedule."""
        held = await self._store.open_change(schedule.connection_id, schedule.id)
        lost = await self._store.lost_since(schedule.connection_id, EVER)
        return await self._row(schedule, held, lost)

    async def _row(
        self, schedule: ConnectionSchedule, held: Change | None, lost: Iterable[Change]
    ) -> Row:
        last = await self._store.last_applied(schedule.id)
        own = [one for one in lost if one.schedule_id == schedule.id and _is_after(one, last)]
        return Row(schedule, held, own[0] if own else None, last)

    async def _entry(
        self, connection: Connection, changes: Sequence[Change], first: int, end: int
    ) -> Entry:
        own = [change for change in changes if change.connection_id == connection.id]
        new = tuple(change for change in own if change.schedule_id is None)
        held = {change.schedule_id: change for change in own}
        try:
            schedules = await self._catalog.schedules(connection.id)
        except OmniError as error:
            return Entry(connection, new=new, problem=str(error))
        lost = await self._store.lost_since(connection.id, EVER)
        rows = [await self._row(one, held.get(one.id), lost) for one in schedules[first:end]]
        return Entry(connection, tuple(rows), len(schedules), new)


def _is_after(lost: Change, last: Change | None) -> bool:
    """Say whether an outcome was lost after a change was applied, if one was."""
    if last is None or last.finished_at is None or lost.finished_at is None:
        return True
    return lost.finished_at > last.finished_at
