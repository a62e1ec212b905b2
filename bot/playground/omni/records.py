"""What the stand-in keeps, and how Omni's API spells it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.schedule import Cron, parse_zone
from bot.told import describe

JSON = dict[str, object]


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """A connection as Omni has it."""

    id: str
    name: str
    dialect: str
    database: str
    deleted_at: datetime | None = None

    def as_json(self) -> JSON:
        """Return it with every key that the API promises."""
        return {
            "baseRole": "QUERIER",
            "branchConnectionEnvironmentOverridesUserAttr": False,
            "database": self.database,
            "defaultSchema": None,
            "deletedAt": self.deleted_at and _iso(self.deleted_at),
            "dialect": self.dialect,
            "environmentConnectionSwitchesSchemaModel": False,
            "id": self.id,
            "name": self.name,
            "userAttributeNameForConnectionsEnvironments": None,
            "userAttributeValuesForDefaultEnvironment": None,
        }


@dataclass(frozen=True, slots=True)
class StoredSchedule:
    """A schedule as Omni has it."""

    id: str
    connection_id: str
    cron: str
    timezone: str
    hard_refresh: bool
    created_at: datetime
    updated_at: datetime
    disabled_at: datetime | None = None

    def as_json(self, now: datetime, *, hard_refresh_known: bool) -> JSON:
        """Return it with every key that the API promises; older instances have no hardRefresh."""
        known: JSON = {"hardRefresh": self.hard_refresh} if hard_refresh_known else {}
        return known | {
            "connectionId": self.connection_id,
            "createdAt": _iso(self.created_at),
            "description": description(self.cron, self.timezone, now),
            "disabledAt": self.disabled_at and _iso(self.disabled_at),
            "schedule": self.cron,
            "scheduleId": self.id,
            "timezone": self.timezone,
            "updatedAt": _iso(self.updated_at),
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """A request that came; `status` is None where the connection was closed instead."""

    time: datetime
    method: str
    path: str
    body: object
    status: int | None


def description(cron: str, timezone: str, now: datetime) -> str:
    """Return Omni's words: those of the expression, and the zone's abbreviation of today."""
    return f"{describe(Cron.parse(cron))} {now.astimezone(parse_zone(timezone)).tzname()}"


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
