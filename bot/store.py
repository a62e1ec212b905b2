"""What the bot remembers: changes, their audit trail, and who was told.

Every decision is a guarded move in one transaction with its audit row; whoever comes
second is told how the change stands now. The rules of movement are `change.TRANSITIONS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from string import hexdigits
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot import sightings
from bot.change import OPEN, TRANSITIONS, Action, Change, Event, Place, Status, Terms
from bot.tables import (
    IS_APPLIED,
    IS_OPEN,
    UtcDateTime,
    announcements,
    audit,
    changes,
    deliveries,
    subscriptions,
    watched,
)

EVERY_CONNECTION = "*"

_Condition = sa.ColumnElement[bool] | sa.TextClause
_Order = tuple[sa.ColumnElement[Any], ...]

_MOST_OPEN = 10_000  # of one connection: more than it has schedules
_MOST_NOTICED = 1_000

_NEWEST_FIRST: _Order = (changes.c.created_at.desc(), changes.c.id.desc())


@dataclass(frozen=True, slots=True)
class By:
    """Who did something, when, and from where in Slack."""

    actor: str
    surface: str
    at: datetime
    key: str | None = None  # the workflow step that does it: done twice, recorded once


@dataclass(frozen=True, slots=True)
class Moved:
    """The end of an attempt to move a change: won or lost, and how it stands now."""

    won: bool
    change: Change


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


@dataclass(frozen=True, slots=True)
class Announcement:
    """What became of telling one channel; neither `ts` nor `problem`: not yet tried."""

    change_id: str
    channel: str
    ts: str | None = None
    thread: str | None = None  # what was said below it
    problem: str | None = None


class Held(Exception):  # noqa: N818 - not a fault: somebody else was first
    """The schedule already has an open change."""

    def __init__(self, change: Change) -> None:
        super().__init__(f"change {change.short_id} holds the schedule")
        self.change = change


class Decided(Exception):  # noqa: N818 - as above
    """The change that should be replaced does not wait for a decision any more."""

    def __init__(self, change: Change) -> None:
        super().__init__(f"change {change.short_id} is {change.status}")
        self.change = change


class UnknownChangeError(LookupError):
    """No change has this id."""


class ChangeStore:
    """Changes and their audit trail in one SQL database, SQLite or Postgres."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(isolation_level="AUTOCOMMIT")

    # -- proposing ---------------------------------------------------------------

    async def propose(
        self, change: Change, surface: str, *, replaces: Change | None = None
    ) -> Change:
        """Record a new change, cancelling the one it replaces in the same transaction.

        Proposing the same id twice is recorded once, and returns how it stands. Raises
        `Held` where another open change has the schedule, and `Decided` where the one to be
        replaced does not wait any more; nothing is cancelled or recorded then.
        """
        by = By(change.requester, surface, change.created_at)
        async with self._engine.begin() as conn:
            if replaces is not None:
                first = await _move(conn, replaces.id, Event.CANCEL, by, {"outcome": change.id})
                if not first.won:
                    raise await _too_late(conn, change, first.change)
            while not await _add(conn, changes, _to_row(change)):
                if (same := await _load(conn, change.id)) is not None:
                    return same
                if found := await _select(
                    conn, *_holds(change.connection_id, change.schedule_id), limit=1
                ):
                    raise Held(found[0])
                # It ended between the insert and this look: the schedule may be free now.
            await _record(conn, change, "propose", by, _shown(change))
        return change

    # -- deciding ----------------------------------------------------------------

    async def move(self, change_id: str, event: Event, by: By, **fields: Any) -> Moved:
        """Move a change by the transition table, together with its audit row.

        Raises `UnknownChangeError`.
        """
        async with self._engine.begin() as conn:
            return await _move(conn, change_id, event, by, fields)

    async def notice(
        self, connection_id: str, by: By, judge: Callable[[sightings.Known], sightings.News]
    ) -> None:
        """Record what was seen of a connection, together with the changes that it tells of.

        `judge` turns what was known before into the news; it must not wait.
        """
        async with self._engine.begin() as conn:
            known = await sightings.known(conn, connection_id, by.at)
            busy = await _select(
                conn, changes.c.connection_id == connection_id, IS_OPEN, limit=_MOST_OPEN
            )
            applying = [one.schedule_id for one in busy if one.status is Status.APPLYING]
            news = judge(replace(known, busy=frozenset(applying)))
            for change in news.changes:
                await conn.execute(changes.insert().values(_to_row(change)))
                await _record(conn, change, "notice", by, _shown(change))
            for schedule_id, terms in news.seen.items():
                await sightings.see(conn, connection_id, schedule_id, terms, by.at)

    async def looked_at(self) -> dict[str, datetime]:
        """Return when each connection was last looked at, by its id."""
        async with self._reader.connect() as conn:
            rows = (await conn.execute(watched.select())).all()
        return {row.connection_id: row.at for row in rows}

    async def noticed(self, since: datetime) -> tuple[Change, ...]:
        """Return the changes that were noticed from a moment on, newest first."""
        return await self._select(
            changes.c.created_at >= since, changes.c.requester == "", limit=_MOST_NOTICED
        )

    async def begin_send(self, change_id: str) -> int:
        """Count a write that is about to be sent; 1 means that none was sent before."""
        sends = changes.c.sends + 1
        statement = _update(change_id).values(sends=sends).returning(changes.c.sends)
        async with self._engine.begin() as conn:
            return int((await conn.execute(statement)).scalar_one())

    async def refuse(
        self, change: Change | None, by: By, event: str, rule: str, **about: str | None
    ) -> None:
        """Record that somebody was not allowed to do something, to a change or at all."""
        async with self._engine.begin() as conn:
            await _record(conn, change, f"refused-{event}", by, {"rule": rule, **about})

    async def place_card(self, change_id: str, card: Place) -> None:
        """Remember one more message that shows this change."""
        async with self._engine.begin() as conn:
            change = await _load(conn, change_id, lock=True)
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

    # -- finding -----------------------------------------------------------------

    async def get(self, change_id: str) -> Change:
        """Return a change; raises `UnknownChangeError`."""
        async with self._reader.connect() as conn:
            found = await _load(conn, change_id)
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
        found = await self._select(*_holds(connection_id, schedule_id), limit=1)
        return found[0] if found else None

    async def open_changes(self, *, limit: int = 100) -> tuple[Change, ...]:
        """Return the changes that are pending or being applied, newest first."""
        return await self._select(IS_OPEN, limit=limit)

    async def history(
        self,
        connection_id: str | None = None,
        *,
        before: Change | None = None,
        limit: int = 10,
    ) -> tuple[Change, ...]:
        """Return a page of changes, newest first, of those older than `before`."""
        where: list[_Condition] = []
        if connection_id is not None:
            where.append(changes.c.connection_id == connection_id)
        if before is not None:
            older = sa.tuple_(changes.c.created_at, changes.c.id)
            moment = sa.literal(before.created_at, UtcDateTime)
            where.append(older < sa.tuple_(moment, sa.literal(before.id)))
        return await self._select(*where, limit=limit)

    async def last_applied(self, schedule_id: str | None = None) -> Change | None:
        """Return the change that was applied last: to one schedule, or through the bot at all."""
        where: list[_Condition] = [IS_APPLIED]
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

    async def undoing(self, change: Change) -> Change | None:
        """Return the change that takes this one back: that waits, is applied just now, or was."""
        found = await self._select(
            changes.c.connection_id == change.connection_id,
            changes.c.created_at >= change.created_at,
            changes.c.undo_of == change.id,
            changes.c.status.in_([*OPEN, Status.APPLIED]),
            limit=1,
        )
        return found[0] if found else None

    async def due(self, now: datetime) -> tuple[Change, ...]:
        """Return the pending changes whose time is over."""
        return await self._select(
            IS_OPEN, changes.c.status == Status.PENDING, changes.c.expires_at <= now, limit=100
        )

    async def trail(self, change_id: str) -> tuple[Entry, ...]:
        """Return a change's audit trail, oldest first."""
        statement = audit.select().where(audit.c.change_id == change_id).order_by(audit.c.id)
        async with self._reader.connect() as conn:
            rows = (await conn.execute(statement)).mappings().all()
        return tuple(_entry(row) for row in rows)

    async def latest(self) -> int:
        """Return the number of the newest row of the audit trail."""
        async with self._reader.connect() as conn:
            return (await conn.execute(sa.select(sa.func.max(audit.c.id)))).scalar_one() or 0

    async def moved_between(self, after: int, last: int) -> tuple[Change, ...]:
        """Return the changes that rows of the audit trail tell of: after one, up to another."""
        rows = sa.select(audit.c.change_id).where(audit.c.id > after, audit.c.id <= last)
        return await self._select(changes.c.id.in_(rows), limit=_MOST_NOTICED)

    # -- telling -----------------------------------------------------------------

    async def announcement(self, change_id: str, channel: str) -> Announcement:
        """Return what became of telling a channel."""
        statement = announcements.select().where(
            announcements.c.change_id == change_id, announcements.c.channel == channel
        )
        async with self._reader.connect() as conn:
            row = (await conn.execute(statement)).mappings().first()
        return Announcement(**row) if row else Announcement(change_id, channel)

    async def announcements(self, change_id: str) -> tuple[Announcement, ...]:
        """Return what became of telling each channel."""
        statement = (
            announcements.select()
            .where(announcements.c.change_id == change_id)
            .order_by(announcements.c.channel)
        )
        async with self._reader.connect() as conn:
            rows = (await conn.execute(statement)).mappings().all()
        return tuple(Announcement(**row) for row in rows)

    async def announced(self, told: Announcement) -> None:
        """Record what became of telling a channel."""
        async with self._engine.begin() as conn:
            statement = _insert(conn, announcements).values(asdict(told))
            await conn.execute(
                statement.on_conflict_do_update(
                    index_elements=["change_id", "channel"],
                    set_={"ts": told.ts, "thread": told.thread, "problem": told.problem},
                )
            )

    async def subscribe(self, channel: str, connection_id: str, by: By) -> bool:
        """Tell a channel of a connection's changes; False where it was told already."""
        row = {"channel": channel, "connection_id": connection_id, "by": by.actor, "at": by.at}
        about = {"channel": channel, "connection_id": connection_id}
        async with self._engine.begin() as conn:
            added = await _add(conn, subscriptions, row)
            if added:
                await _record(conn, None, "subscribe", by, about)
        return added

    async def unsubscribe(self, channel: str, connection_id: str | None, by: By) -> int:
        """Stop telling a channel of one connection, or of all; return how many ended."""
        statement = subscriptions.delete().where(subscriptions.c.channel == channel)
        if connection_id is not None:
            statement = statement.where(subscriptions.c.connection_id == connection_id)
        about = {"channel": channel, "connection_id": connection_id or EVERY_CONNECTION}
        async with self._engine.begin() as conn:
            ended = (await conn.execute(statement)).rowcount
            if ended:
                await _record(conn, None, "unsubscribe", by, about)
        return ended

    async def subscriptions(self, channel: str) -> tuple[str, ...]:
        """Return the connections that a channel asked to be told of, or `EVERY_CONNECTION`."""
        statement = sa.select(subscriptions.c.connection_id).where(
            subscriptions.c.channel == channel
        )
        async with self._reader.connect() as conn:
            rows = (await conn.execute(statement.order_by(subscriptions.c.at))).scalars()
            return tuple(rows)

    async def subscribers(self, connection_id: str) -> tuple[str, ...]:
        """Return the channels that asked to be told of a connection."""
        asked = subscriptions.c.connection_id.in_([connection_id, EVERY_CONNECTION])
        statement = sa.select(subscriptions.c.channel).where(asked).distinct()
        async with self._reader.connect() as conn:
            rows = (await conn.execute(statement.order_by(subscriptions.c.channel))).scalars()
            return tuple(rows)

    # -- deliveries --------------------------------------------------------------

    async def first_delivery(self, key: str, at: datetime) -> bool:
        """Say whether this delivery of Slack's was not seen before, and remember it."""
        async with self._engine.begin() as conn:
            return await _add(conn, deliveries, {"key": key, "at": at})

    async def forget_deliveries(self, before: datetime) -> None:
        """Drop the deliveries that are too old to be repeated."""
        async with self._engine.begin() as conn:
            await conn.execute(deliveries.delete().where(deliveries.c.at < before))

    async def ping(self) -> None:
        """Raise where the database does not answer with what is on record."""
        async with self._reader.connect() as conn:
            await conn.execute(sa.select(changes.c.id).limit(1))  # SQLite reads no file for less

    # ----------------------------------------------------------------------------

    async def _select(
        self, *where: _Condition, limit: int, order: _Order = _NEWEST_FIRST
    ) -> tuple[Change, ...]:
        async with self._reader.connect() as conn:
            return await _select(conn, *where, limit=limit, order=order)


def _insert(conn: AsyncConnection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


async def _add(conn: AsyncConnection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Insert a row; say False where the table has one that excludes it."""
    statement = _insert(conn, table).values(row).on_conflict_do_nothing()
    # Asked to return something, because psycopg's count of inserted rows is not kept.
    return (await conn.execute(statement.returning(sa.literal(1)))).first() is not None


async def _select(
    conn: AsyncConnection, *where: _Condition, limit: int, order: _Order = _NEWEST_FIRST
) -> tuple[Change, ...]:
    statement = changes.select().where(*where).order_by(*order).limit(limit)
    return tuple(_from_row(row) for row in (await conn.execute(statement)).mappings())


def _holds(connection_id: str, schedule_id: str | None) -> tuple[_Condition, ...]:
    return (
        changes.c.connection_id == connection_id,
        changes.c.schedule_id == schedule_id,
        IS_OPEN,
    )


async def _load(conn: AsyncConnection, change_id: str, *, lock: bool = False) -> Change | None:
    statement = changes.select().where(changes.c.id == change_id)
    if lock:  # SQLite has no row locks; there the whole transaction is exclusive
        statement = statement.with_for_update()
    row = (await conn.execute(statement)).mappings().first()
    return _from_row(row) if row else None


async def _too_late(conn: AsyncConnection, change: Change, replaced: Change) -> Held | Decided:
    """Return why a change cannot take the place of one that was decided meanwhile."""
    if change.schedule_id is not None:
        holds = _holds(change.connection_id, change.schedule_id)
        if found := await _select(conn, *holds, limit=1):
            return Held(found[0])
    return Decided(replaced)


def _update(change_id: str) -> sa.Update:
    return changes.update().where(changes.c.id == change_id)


async def _move(
    conn: AsyncConnection, change_id: str, event: Event, by: By, fields: dict[str, Any]
) -> Moved:
    change = await _load(conn, change_id, lock=True)
    if change is None:
        raise UnknownChangeError(change_id)
    if by.key is not None and await _done_before(conn, by.key):
        return Moved(won=True, change=change)
    target = TRANSITIONS.get((change.status, event))
    if target is None or (event is Event.APPROVE and change.expires_at <= by.at):
        return Moved(won=False, change=change)
    stamp = "decided" if change.status is Status.PENDING else "finished"
    values = {"status": target, f"{stamp}_at": by.at, **fields}
    if stamp == "decided":
        values["decided_by"] = by.actor
    after = replace(change, **values)
    await conn.execute(_update(change_id).values(_to_row(after)))
    detail = {name: _json(value) for name, value in fields.items()}
    await _record(conn, after, event, by, detail or None)
    if event is Event.CONFIRM and after.schedule_id is not None:
        # Our own doing: the watch must not take it for somebody else's.
        await sightings.see(conn, after.connection_id, after.schedule_id, after.seen, by.at)
    elif event is Event.LOSE:
        await sightings.unlearn(conn, after.connection_id)
    return Moved(won=True, change=after)


async def _done_before(conn: AsyncConnection, key: str) -> bool:
    return (await conn.execute(sa.select(audit.c.id).where(audit.c.key == key))).first() is not None


async def _record(
    conn: AsyncConnection, change: Change | None, event: str, by: By, detail: dict[str, Any] | None
) -> None:
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


def _shown(change: Change) -> dict[str, Any]:
    """Return what a proposal's card says, as far as nothing else on the trail does."""
    shown = {"before": _json(change.before), "after": _json(change.after)}
    more = {"reason": change.reason, "undo_of": change.undo_of}
    return shown | {name: value for name, value in more.items() if value is not None}


def _json(value: Any) -> Any:
    """Return a value as the database's JSON takes it."""
    return value.to_json() if isinstance(value, Terms) else value


def _to_row(change: Change) -> dict[str, Any]:
    row = {name: getattr(change, name) for name in Change.__slots__}
    row |= {name: _json(row[name]) for name in ("before", "after", "seen")}
    row |= {name: list(row[name]) for name in ("channels", "approvers")}
    row["cards"] = [asdict(place) for place in change.cards]
    return row


def _from_row(row: sa.RowMapping) -> Change:
    values = dict(row)
    for name in ("before", "after", "seen"):
        values[name] = Terms.from_json(values[name]) if values[name] else None
    values |= {name: tuple(values[name]) for name in ("channels", "approvers")}
    values |= {"action": Action(values["action"]), "status": Status(values["status"])}
    values["cards"] = tuple(Place(**place) for place in values["cards"])
    return Change(**values)


def _entry(row: sa.RowMapping) -> Entry:
    names: Sequence[str] = Entry.__slots__
    return Entry(**{**{name: row[name] for name in names}, "status": Status(row["status"])})
