"""The commands that can be typed after the slash command, as values and as text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.schedule import Cron
from bot.typed import escaped, in_quotes

# What stands for itself in a command: a word that no reader takes for anything but a name or an id.
_SIMPLE = re.compile(r"[A-Za-z0-9][\w.-]*")


class Verb(StrEnum):
    """The first word of a command."""

    SET = "set"
    CREATE = "create"
    DELETE = "delete"
    LIST = "list"
    SHOW = "show"
    EXPLAIN = "explain"
    PENDING = "pending"
    HISTORY = "history"
    UNDO = "undo"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Set:
    """Change when a schedule runs."""

    connection: str
    schedule: str | None
    cron: Cron
    zone: ZoneInfo | None


@dataclass(frozen=True, slots=True)
class Create:
    """Add a schedule to a connection."""

    connection: str
    cron: Cron
    zone: ZoneInfo | None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a schedule."""

    connection: str
    schedule: str | None


@dataclass(frozen=True, slots=True)
class List:
    """List the schedules of one connection or of all."""

    connection: str | None


@dataclass(frozen=True, slots=True)
class Show:
    """Show a schedule in full."""

    connection: str
    schedule: str | None


@dataclass(frozen=True, slots=True)
class Explain:
    """Tell in words what a schedule means."""

    cron: Cron
    zone: ZoneInfo | None


@dataclass(frozen=True, slots=True)
class Pending:
    """List the changes that wait for a decision."""


@dataclass(frozen=True, slots=True)
class History:
    """List past changes of one connection or of all."""

    connection: str | None


@dataclass(frozen=True, slots=True)
class Undo:
    """Propose to take back a change: this one, or the last."""

    change: str | None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Announce changes of one connection or of all in this channel."""

    connection: str | None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Stop what `Subscribe` began."""

    connection: str | None


@dataclass(frozen=True, slots=True)
class Help:
    """Tell how commands are written."""


@dataclass(frozen=True, slots=True)
class Form:
    """Open the form: nothing was typed."""


Command = (
    Set | Create | Delete | List | Show | Explain | Pending | History | Undo
    | Subscribe | Unsubscribe | Help | Form
)  # fmt: skip


#: How each command is written, after the slash command.
USAGE: Mapping[Verb, str] = {
    Verb.SET: '<connection> [schedule] "<cron>" [zone]',
    Verb.CREATE: 'create <connection> "<cron>" [zone]',
    Verb.DELETE: "delete <connection> [schedule]",
    Verb.LIST: "list [connection]",
    Verb.SHOW: "show <connection> [schedule]",
    Verb.EXPLAIN: 'explain "<cron>" [zone]',
    Verb.PENDING: "pending",
    Verb.HISTORY: "history [connection]",
    Verb.UNDO: "undo [change]",
    Verb.SUBSCRIBE: "subscribe [connection]",
    Verb.UNSUBSCRIBE: "unsubscribe [connection]",
    Verb.HELP: "help",
}


def to_text(command: Command) -> str:
    """Print a command so that `parse` reads the same one again."""
    match command:
        case Set(connection, schedule, cron, zone):
            rest: tuple[str | None, ...] = (
                _name(connection),
                _name(schedule),
                f'"{cron}"',
                _key(zone),
            )
        case Create(connection, cron, zone):
            rest = (_name(connection), f'"{cron}"', _key(zone))
        case Explain(cron, zone):
            rest = (f'"{cron}"', _key(zone))
        case Show(connection, schedule) | Delete(connection, schedule):
            rest = (_name(connection), _name(schedule))
        case Undo(name) | List(name) | History(name) | Subscribe(name) | Unsubscribe(name):
            rest = (_name(name),)
        case Pending() | Help() | Form():
            rest = ()
    verb = "" if isinstance(command, Set | Form) else verb_of(command)
    return escaped(" ".join(part for part in (verb, *rest) if part))


def verb_of(command: Command) -> Verb:
    """Return the first word of a command, where it is spelled out; the form stands for `set`."""
    return Verb.SET if isinstance(command, Form) else Verb(type(command).__name__.lower())


def _key(zone: ZoneInfo | None) -> str | None:
    return zone.key if zone else None


def _name(name: str | None) -> str | None:
    if name is None or (_SIMPLE.fullmatch(name) and name.casefold() not in set(Verb)):
        return name
    return in_quotes(name)
