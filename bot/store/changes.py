"""Changes: proposed, decided, carried out.

Every decision is a guarded move in one transaction with its audit row; whoever comes
second is told how the change stands now. The rules of movement are `change.TRANSITIONS`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot import metrics
from bot.change import DECISIONS, TRANSITIONS, Action, Change, Event, Place, Status
from bot.metrics import Number
from bot.store import sightings
from bot.store.finding import ChangeFinder, UnknownChangeError
from bot.store.rows import add, after_the_last, holding, load, select, to_json, to_row
from bot.store.trail import By, record, record_new, recorded
from bot.tables import IS_APPLIED, IS_WAY_BACK, changes


@dataclass(frozen=True, slots=True)
class Moved:
    """The end of an attempt to move a change: won or lost, and how it stands now."""

    won: bool
    change: Change
    #: Another change of the same schedule, which may have done what Omni shows.
    overtaken_by: Change | None = None


class Held(Exception):  # noqa: N818 - not a fault: somebody else was first
    """The schedule already has an open change, or was brought back by another one."""

    def __init__(self, change: Change) -> None:
        super().__init__(f"change {change.short_id} holds the schedule")
        self.change = change


class Decided(Exception):  # noqa: N818 - as above
    """The change that should be replaced does not wait for a decision any more."""

    def __init__(self, change: Change) -> None:
        super().__init__(f"change {change.short_id} is {change.status}")
        self.change = change


class ChangeStore(ChangeFinder):
    """Changes and their audit trail."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self._engine = engine

    async def propose(
        self, change: Change, surface: str, *, replaces: Change | None = None
    ) -> Change:
        """Record a new change, cancelling the one it replaces in the same transaction.

        Proposing the same id twice is recorded once, and returns how it stands. Raises
        `Held` where another open change has the schedule or another change brings the same
        deleted one back, and `Decided` where the one to be replaced does not wait any more;
        nothing is cancelled or recorded then.
        """
        by = By(change.requester, surface, change.created_at)
        async with self._engine.begin() as conn:
            if replaces is not None:
                first = await _move(conn, replaces.id, Event.CANCEL, by, {"outcome": change.id})
                if not first.won:
                    if (same := await load(conn, change.id)) is not None:
                        return same  # it did so at the first of two clicks
                    raise await _too_late(conn, change, first.change)
            while not await add(conn, changes, to_row(change)):
                if (same := await load(conn, change.id)) is not None:
                    return same
                if (found := await _in_the_way_of(change, conn)) is not None:
                    raise Held(found)
                # It ended between the insert and this look: the schedule may be free now.
            await record_new(conn, change, "propose", by)
        if replaces is not None:
            _count_move(first.change, Event.CANCEL, won=True)
        metrics.count(Number.CHANGES, status=change.status)
        return change

    async def move(self, change_id: str, event: Event, by: By, **fields: Any) -> Moved:
        """Move a change by the transition table, together with its audit row.

        Raises `UnknownChangeError`.
        """
        async with self._engine.begin() as conn:
            moved = await _move(conn, change_id, event, by, fields)
        _count_move(moved.change, event, won=moved.won)
        return moved

    async def refuse(
        self, change: Change | None, by: By, event: str, rule: str, **about: str | None
    ) -> None:
        """Record that somebody was not allowed to do something, to a change or at all."""
        async with self._engine.begin() as conn:
            await record(conn, change, f"refused-{event}", by, {"rule": rule, **about})

    async def begin_send(self, change_id: str, others: Sequence[str] = ()) -> int:
        """Count a write that is about to be sent; 1 means that none was sent before.

        0 means that it shall not be sent: the change was ended meanwhile, by another process.
        `others` are the schedules from which a new one is told apart afterwards.
        """
        applying = _update(change_id).where(changes.c.status == Status.APPLYING)
        counted = applying.values(sends=changes.c.sends + 1, others=list(others))
        async with self._engine.begin() as conn:
            sends = (await conn.execute(counted.returning(changes.c.sends))).scalar_one_or_none()
        return sends or 0

    async def take_back_send(self, change_id: str) -> None:
        """Count a write no more that was not sent after all."""
        async with self._engine.begin() as conn:
            await conn.execute(_update(change_id).values(sends=changes.c.sends - 1))

    async def place_card(self, change_id: str, card: Place) -> None:
        """Remember one more message that shows this change."""
        async with self._engine.begin() as conn:
            change = await load(conn, change_id, lock=True)
            if change is None:
                raise UnknownChangeError(change_id)
            cards = [asdict(place) for place in dict.fromkeys((*change.cards, card))]
            await conn.execute(_update(change_id).values(cards=cards))

    async def count_reminder(self, change_id: str) -> None:
        """Remember that whoever decides was reminded."""
        async with self._engine.begin() as conn:
            reminders = changes.c.reminders + 1
            await conn.execute(_update(change_id).values(reminders=reminders))

    async def reply_through(self, change_id: str, reply_url: str) -> None:
        """Remember the freshest way to answer an ephemeral card."""
        async with self._engine.begin() as conn:
            await conn.execute(_update(change_id).values(reply_url=reply_url))


def _count_move(change: Change, event: Event, *, won: bool) -> None:
    if event in DECISIONS:
        metrics.count(Number.DECISIONS, event=event, won="yes" if won else "no")
    if won:
        metrics.count(Number.CHANGES, status=change.status)


async def _too_late(conn: AsyncConnection, change: Change, replaced: Change) -> Held | Decided:
    """Return why a change cannot take the place of one that was decided meanwhile."""
    if change.schedule_id is not None and (found := await _in_the_way_of(change, conn)):
        return Held(found)
    return Decided(replaced)


async def _in_the_way_of(change: Change, conn: AsyncConnection) -> Change | None:
    """Return the change that keeps another from being recorded, where it still does."""
    if change.schedule_id is None:
        found = await select(conn, changes.c.undo_of == change.undo_of, IS_WAY_BACK, limit=1)
    else:
        holds = holding(change.connection_id, change.schedule_id)
        found = await select(conn, *holds, limit=1)
    return found[0] if found else None


def _update(change_id: str) -> sa.Update:
    return changes.update().where(changes.c.id == change_id)


async def _move(
    conn: AsyncConnection, change_id: str, event: Event, by: By, fields: dict[str, Any]
) -> Moved:
    change = await load(conn, change_id, lock=True)
    if change is None:
        raise UnknownChangeError(change_id)
    if by.key is not None and await recorded(conn, by.key):
        return Moved(won=True, change=change)
    if (other := await _written_since(conn, change)) is not None:
        return Moved(won=False, change=change, overtaken_by=other)
    target = TRANSITIONS.get((change.status, event))
    if target is None or (event is Event.APPROVE and change.expires_at <= by.at):
        return Moved(won=False, change=change)
    after = _moved(change, target, by, fields)
    if target is Status.APPLIED and after.schedule_id is not None:
        about = after.connection_id, after.schedule_id
        after = replace(after, finished_at=await after_the_last(conn, *about, by.at))
    await conn.execute(_update(change_id).values(to_row(after)))
    detail = {name: to_json(value) for name, value in fields.items()}
    await record(conn, after, event, by, detail or None)
    await _keep_sight(conn, after, event, by)
    return Moved(won=True, change=after)


async def _written_since(conn: AsyncConnection, change: Change) -> Change | None:
    """Return what is or was written to the schedule of a change since its outcome was lost."""
    if change.status is not Status.UNKNOWN or change.schedule_id is None:
        return None
    for other in await select(conn, *holding(change.connection_id, change.schedule_id), limit=1):
        if other.status is Status.APPLYING:
            return other
    since = (
        changes.c.schedule_id == change.schedule_id,
        changes.c.finished_at > change.finished_at,
    )
    found = await select(conn, IS_APPLIED, *since, limit=1)
    return found[0] if found else None


def _moved(change: Change, target: Status, by: By, fields: dict[str, Any]) -> Change:
    if change.status is Status.PENDING:
        fields = {"decided_by": by.actor, "decided_at": by.at, **fields}
    else:
        fields = {"finished_at": by.at, **fields}
    return replace(change, status=target, **fields)


async def _keep_sight(conn: AsyncConnection, change: Change, event: Event, by: By) -> None:
    """Keep the watch from taking the bot's own doing for somebody else's."""
    lost = event is Event.LOSE
    was_read = event is Event.CONFIRM or (lost and change.seen is not None)
    if was_read and change.schedule_id is not None:
        await sightings.see(conn, change.connection_id, change.schedule_id, change.seen, by.at)
    elif lost and change.action is not Action.CREATE:
        await sightings.unlearn(conn, change.connection_id)
