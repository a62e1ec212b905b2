"""Announcements: which channels were told of which changes, and where."""

from dataclasses import asdict, dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import reading
from bot.store.rows import put
from bot.tables import announcements


@dataclass(frozen=True, slots=True)
class Announcement:
    """What became of telling one channel; neither `ts` nor `problem`: not yet tried."""

    change_id: str
    channel: str
    ts: str | None = None
    thread: str | None = None  # what was said below it
    problem: str | None = None


class AnnouncementStore:
    """What became of telling channels."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reader = reading(engine)

    async def get(self, change_id: str, channel: str) -> Announcement:
        """Return what became of telling a channel."""
        statement = announcements.select().where(
            announcements.c.change_id == change_id, announcements.c.channel == channel
        )
        async with self._reader.connect() as conn:
            row = (await conn.execute(statement)).mappings().first()
        return Announcement(**row) if row else Announcement(change_id, channel)

    async def of(self, change_id: str) -> tuple[Announcement, ...]:
        """Return what became of telling each channel of a change."""
        statement = (
            announcements.select()
            .where(announcements.c.change_id == change_id)
            .order_by(announcements.c.channel)
        )
        async with self._reader.connect() as conn:
            rows = (await conn.execute(statement)).mappings().all()
        return tuple(Announcement(**row) for row in rows)

    async def keep(self, told: Announcement) -> None:
        """Record what became of telling a channel."""
        async with self._engine.begin() as conn:
            await put(conn, announcements, asdict(told))
