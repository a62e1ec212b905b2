"""What Omni's API returns, translated once into our words and checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self, TypeVar

from bot.change import Terms
from bot.omni.errors import Unexpected
from bot.typed import one_line, storable

T = TypeVar("T")

#: Characters that `bot/tables.py` has room for; Omni's ids are UUIDs, of 36.
LONGEST_ID = 64

#: Characters of a name and of another line that are shown: escaped, Slack takes them together.
LONGEST_NAME, LONGEST_LINE = 255, 500


@dataclass(frozen=True, slots=True)
class Connection:
    """A warehouse connection."""

    id: str
    name: str
    dialect: str

    @classmethod
    def from_api(cls, value: object) -> Self:
        """Translate a connection; raise Unexpected where a needed field is missing."""
        record = _record(value, "a connection")
        connection_id = _id(record, "id")
        return cls(
            id=connection_id,
            name=_line(record, "name", LONGEST_NAME) or connection_id[:8],  # people have to see one
            dialect=_text(record, "dialect"),
        )


@dataclass(frozen=True, slots=True)
class ConnectionSchedule:
    """A schema refresh schedule of a connection.

    `description` is Omni's own text, to be quoted and never to be computed with.
    `hard_refresh` is None where Omni did not return it: then it must not be sent either.
    """

    id: str
    connection_id: str
    cron: str
    timezone: str
    description: str
    hard_refresh: bool | None
    disabled_at: datetime | None

    @classmethod
    def from_api(cls, value: object) -> Self:
        """Translate a schedule; raise Unexpected where a needed field is missing."""
        record = _record(value, "a schedule")
        return cls(
            id=_id(record, "scheduleId"),
            connection_id=_id(record, "connectionId"),
            cron=_line(record, "schedule"),
            timezone=_line(record, "timezone"),
            description=_optional(record, "description", _line) or "",
            hard_refresh=_optional(record, "hardRefresh", _flag),
            disabled_at=_optional(record, "disabledAt", _time),
        )

    @property
    def terms(self) -> Terms:
        """What Omni shows of it, in the words of a change."""
        return Terms(
            cron=self.cron,
            timezone=self.timezone,
            hard_refresh=self.hard_refresh,
            disabled_at=self.disabled_at,
            description=self.description,
        )


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom the API key stands for; both are None on instances that do not tell.

    `scope` is `user` or `organization`, `role` is `MEMBER` or `ORG_ADMIN`, as Omni spells them.
    """

    scope: str | None = None
    role: str | None = None

    @classmethod
    def from_api(cls, value: object) -> Self:
        """Translate an answer to `whoami`."""
        record = _record(value, "a caller")
        scope = _optional(record, "keyScope", _text)
        return cls(scope=scope, role=_optional(record, "orgRole", _text))


def live_connections(answer: object) -> tuple[Connection, ...]:
    """Return the connections that Omni lists, without those that it has deleted."""
    listed = (_record(item, "a connection") for item in items(answer, "connections"))
    return tuple(Connection.from_api(one) for one in listed if one.get("deletedAt") is None)


def items(value: object, name: str) -> list[object]:
    """Return the list that Omni wraps under a name; raise Unexpected where there is none."""
    found = _record(value, f"an object with `{name}`").get(name)
    if isinstance(found, list):
        return found
    raise _unexpected(f"a list `{name}`", found)


def new_schedule_id(value: object) -> str:
    """Return the id of a schedule that was just created, whatever else the answer lacks."""
    return _id(_record(value, "a schedule"), "scheduleId")


def _record(value: object, what: str) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    raise _unexpected(what, value)


def _optional(
    record: Mapping[str, object], name: str, read: Callable[[Mapping[str, object], str], T]
) -> T | None:
    return None if record.get(name) is None else read(record, name)


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if isinstance(value, str):
        return storable(value)
    raise _unexpected(f"a text `{name}`", value)


def _id(record: Mapping[str, object], name: str) -> str:
    value = _text(record, name)
    if len(value) <= LONGEST_ID:
        return value
    raise _unexpected(f"an id `{name}` of at most {LONGEST_ID} characters", value)


def _line(record: Mapping[str, object], name: str, most: int = LONGEST_LINE) -> str:
    line = one_line(_text(record, name))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _flag(record: Mapping[str, object], name: str) -> bool:
    value = record.get(name)
    if isinstance(value, bool):
        return value
    raise _unexpected(f"true or false for `{name}`", value)


def _time(record: Mapping[str, object], name: str) -> datetime:
    try:
        time = datetime.fromisoformat(_text(record, name))
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # at the edge of the years, a zone leads beyond them
        raise _unexpected(f"a time `{name}`", "") from None


def _unexpected(expected: str, got: object) -> Unexpected:
    # Only the kind of what came is told: the value may be anything, secrets included.
    return Unexpected(f"expected {expected}, got {KINDS.get(type(got), 'something else')}")


KINDS = {
    type(None): "nothing",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}
