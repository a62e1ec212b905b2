"""The connections and schedules that the stand-in has, in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from bot.playground.omni.records import StoredConnection, StoredSchedule

EDITS = ("30 6 * * ? *", "45 7 * * ? *")  # what somebody else sets behind one's back, in turn


class OmniData:
    """What anybody may change in Omni itself; `touch` is called after each change."""

    def __init__(self, touch: Callable[[], None], clock: Callable[[], datetime]) -> None:
        """Begin empty."""
        self._touch = touch
        self._clock = clock
        self._connections: dict[str, StoredConnection] = {}
        self._schedules: dict[str, StoredSchedule] = {}

    @property
    def connections(self) -> tuple[StoredConnection, ...]:
        """All connections, oldest first."""
        return tuple(self._connections.values())

    def connection(self, connection_id: str) -> StoredConnection | None:
        """Return a connection, or None where there is none of this id."""
        return self._connections.get(connection_id)

    def schedules(self, connection_id: str) -> tuple[StoredSchedule, ...]:
        """Return a connection's schedules, oldest first."""
        return tuple(s for s in self._schedules.values() if s.connection_id == connection_id)

    def schedule(self, schedule_id: str) -> StoredSchedule | None:
        """Return a schedule as it stands, or None where there is none of this id."""
        return self._schedules.get(schedule_id)

    def add_connection(
        self, name: str, *, dialect: str = "snowflake", database: str = "ANALYTICS"
    ) -> StoredConnection:
        """Add a connection with an id of its own."""
        return self.put_connection(StoredConnection(str(uuid4()), name, dialect, database))

    def add_schedule(
        self, connection: StoredConnection, cron: str, timezone: str, *, hard_refresh: bool = False
    ) -> StoredSchedule:
        """Add a schedule with an id of its own, created now."""
        now = self._clock()
        return self.put(
            StoredSchedule(str(uuid4()), connection.id, cron, timezone, hard_refresh, now, now)
        )

    def put_connection(self, connection: StoredConnection) -> StoredConnection:
        """Let a connection stand as given."""
        self._connections[connection.id] = connection
        self._touch()
        return connection

    def put(self, schedule: StoredSchedule) -> StoredSchedule:
        """Let a schedule stand as given."""
        self._schedules[schedule.id] = schedule
        self._touch()
        return schedule

    def edit(self, schedule_id: str) -> StoredSchedule:
        """Change when a schedule runs, as somebody else may at any time."""
        found = self._schedules[schedule_id]
        cron = EDITS[1] if found.cron == EDITS[0] else EDITS[0]
        return self.put(replace(found, cron=cron, updated_at=self._clock()))

    def remove(self, schedule_id: str) -> None:
        """Delete a schedule."""
        del self._schedules[schedule_id]
        self._touch()

    def snapshot(self) -> Callable[[], None]:
        """Return a function that takes back whatever happens to schedules from here on."""
        kept = dict(self._schedules)

        def restore() -> None:
            self._schedules = kept
            self._touch()

        return restore
