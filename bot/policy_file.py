"""Reading the policy file: strict TOML, every fault told at once with its file, line and key.

[defaults]
requesters = ["S0ANALYSTS"]         # people (U…, W…) and user groups (S…)
approvers = ["U0LEAD"]
second_person = true
channels = ["C0DATATEAM"]           # channels (C…, G…)
expires = "8h"                      # a number and m, h or d
min_interval = "15m"
zones = ["Europe/London"]
allow = ["set", "create", "delete"]

[connections."Production Snowflake"]    # a name or an id; what is left out is as in [defaults]
approvers = ["U0OWNER"]

[watch]
enabled = false
every = "15m"
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, TypeVar

from bot.errors import PersonError
from bot.finding import fold
from bot.meant import read_zone
from bot.policy import ASKS, Act, Policy, Rules, Watch
from bot.schedule import ScheduleError

T = TypeVar("T")
Readers = Mapping[str, Callable[[object], Any]]
Path = tuple[str, ...]

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class PolicyError(PersonError):
    """Tell every fault of a policy file, a line each: `file:line: key: what, rule, repair`."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class _BadValueError(ValueError):
    """Faults of one value: the part at fault, and the words about it."""

    def __init__(self, faults: Sequence[tuple[object, str]]) -> None:
        super().__init__()
        self.faults = faults


def read(text: str, *, file: str) -> Policy:
    """Read a policy from TOML; `file` is what messages call it.

    Raises PolicyError.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        number = int(line[1]) if line else text.count("\n") + 1
        raise PolicyError([f"{file}:{number}: not valid TOML: {error}."]) from None
    reading = _Reading(text, file)
    policy = reading.policy(tables)
    if reading.faults:
        raise PolicyError([words for _, words in sorted(reading.faults)])
    return policy


def ids_of(policy: Policy) -> frozenset[str]:
    """Return the people, user groups and channels that a policy names."""
    names = ("requesters", "approvers", "channels")
    listed = [getattr(policy.defaults, name) for name in names]
    listed += [rules.get(name, ()) for rules in policy.connections.values() for name in names]
    return frozenset(some_id for ids in listed for some_id in ids)


def groups_of(policy: Policy) -> frozenset[str]:
    """Return the user groups that a policy names."""
    return frozenset(some_id for some_id in ids_of(policy) if some_id.startswith("S"))


def _texts(read_one: Callable[[str], T]) -> Callable[[object], tuple[T, ...]]:
    """Return a reader of a list of texts, that tells all the bad ones; each counts once."""

    def read_all(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise _bad(value, "is not a list. Put it in `[` and `]`.")
        found: dict[T, None] = {}
        faults: list[tuple[object, str]] = []
        for item in value:
            try:
                found[read_one(_text(item))] = None
            except _BadValueError as bad:
                faults += bad.faults
        if faults:
            raise _BadValueError(faults)
        return tuple(found)

    return read_all


def _bad(value: object, words: str) -> _BadValueError:
    return _BadValueError([(value, words)])


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise _bad(value, "is not a text. Put it in quotes.")


def _person(value: str) -> str:
    if re.fullmatch("[UWS][A-Z0-9]{6,}", value):
        return value
    raise _bad(
        value,
        "is no person and no user group. Write the id: Slack has it under `Copy member ID`"
        " in a profile (U… or W…) and under `Copy group ID` in a user group (S…).",
    )


def _channel(value: str) -> str:
    if re.fullmatch("[CG][A-Z0-9]{6,}", value):
        return value
    raise _bad(
        value,
        "is no channel. Write the id (C… or G…): Slack has it at the end of the channel's details.",
    )


def _zone(value: str) -> str:
    try:
        return read_zone(value).key
    except ScheduleError as error:
        raise _bad(value, f"is no time zone. {_meant(error.problems[0].repairs)}") from None


def _act(value: str) -> Act:
    if value in set(ASKS):
        return Act(value)
    likely = get_close_matches(value, ASKS, 1)
    raise _bad(value, f"is nothing to allow. {_meant(likely or ASKS)}")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _bad(value, "is neither true nor false. Write one of them, without quotes.")


def _length(value: object) -> timedelta:
    match = re.fullmatch("([1-9][0-9]{0,3})([mhd])", value) if isinstance(value, str) else None
    if match:
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    raise _bad(
        value, 'is not a length of time. Write a number from 1 to 9999 and m, h or d: `"8h"`.'
    )


def _meant(choices: Iterable[str]) -> str:
    """Offer what can be written instead."""
    shown = " or ".join(f"`{choice}`" for choice in choices)
    return f"Write {shown}." if shown else "Write a name such as `Europe/London`."


_RULES: Readers = {
    "requesters": _texts(_person),
    "approvers": _texts(_person),
    "second_person": _flag,
    "channels": _texts(_channel),
    "expires": _length,
    "min_interval": _length,
    "zones": _texts(_zone),
    "allow": _texts(_act),
}
_WATCH: Readers = {"enabled": _flag, "every": _length}


class _Reading:
    """Reads tables into values, and collects what is wrong with them."""

    def __init__(self, text: str, file: str) -> None:
        self.faults: list[tuple[int, str]] = []
        self._file = file
        self._lines = _Lines(text)

    def policy(self, tables: Mapping[str, object]) -> Policy:
        self._check_keys((), tables, ("defaults", "connections", "watch"))
        return Policy(
            defaults=replace(Rules(), **self._values(("defaults",), tables, _RULES)),
            connections=self._connections(self._table(("connections",), tables)),
            watch=replace(Watch(), **self._values(("watch",), tables, _WATCH)),
        )

    def _connections(self, tables: Mapping[str, object]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for name in tables:
            path = ("connections", name)
            if not fold(name):
                self._fault(path, name, "names no connection. Write its name or id.")
            elif fold(name) in found:
                self._fault(path, name, "names the same connection as a table before. Keep one.")
            found[fold(name)] = self._values(path, tables, _RULES)
        return found

    def _values(
        self,
        path: Path,
        tables: Mapping[str, object],
        readers: Readers,
    ) -> dict[str, Any]:
        """Read one table, by the last name of its path, key by key."""
        table = self._table(path, tables)
        self._check_keys(path, table, tuple(readers))
        found = {}
        for key in table.keys() & readers.keys():
            try:
                found[key] = readers[key](table[key])
            except _BadValueError as bad:
                for part, words in bad.faults:
                    self._fault((*path, key), part, words)
        return found

    def _table(self, path: Path, tables: Mapping[str, object]) -> Mapping[str, object]:
        table = tables.get(path[-1], {})
        if isinstance(table, dict):
            return table
        self._fault(path, table, f"is not a table. Write a line `[{_dotted(path)}]`.")
        return {}

    def _check_keys(self, path: Path, table: Mapping[str, object], known: Sequence[str]) -> None:
        for key in table.keys() - set(known):
            likely = get_close_matches(key, known, 1)
            self._fault((*path, key), key, f"is no key of the policy. {_meant(likely or known)}")

    def _fault(self, path: Path, part: object, words: str) -> None:
        """Note what is wrong with a part of a key's value."""
        line = self._lines.of(path, part)
        self.faults.append((line, f"{self._file}:{line}: {_dotted(path)}: {_shown(part)} {words}"))


class _Lines:
    """Finds the line of a key, which tomllib does not tell."""

    def __init__(self, text: str) -> None:
        self._text = text.splitlines()
        self._lines: dict[Path, int] = {}
        table: Path = ()
        for number, line in enumerate(self._text, 1):
            if header := re.match(r"\s*(\[.*\])\s*(#.*)?$", line):
                table = _path(header[1])
                self._lines.setdefault(table, number)
            elif key := re.match(r"""\s*((?:[\w.-]|"[^"]*"|'[^']*'|\s)+?)\s*=""", line):
                self._lines.setdefault((*table, *_path(f"{key[1]} = 0")), number)

    def of(self, path: Path, part: object) -> int:
        """Return the line of a key, or of a text in its value; of its table where it has none."""
        while path and path not in self._lines:
            path = path[:-1]
        first = self._lines.get(path, 1)
        if not isinstance(part, str):
            return first
        after = [line for line in self._lines.values() if line > first]
        lines = range(first, min(after, default=len(self._text) + 1))
        return next((line for line in lines if part in self._text[line - 1]), first)


def _path(line: str) -> Path:
    """Return the names that one line of TOML nests; none where it is no line on its own."""
    try:
        table = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    path = []
    while isinstance(table, dict) and table:
        [(name, table)] = table.items()
        path.append(name)
    return tuple(path)


def _dotted(path: Path) -> str:
    """Write a key as TOML does."""
    return ".".join(name if re.fullmatch("[A-Za-z0-9_-]+", name) else f'"{name}"' for name in path)


def _shown(part: object) -> str:
    match part:
        case dict():
            return "a table"
        case list():
            return "a list"
        case bool():
            return f"`{str(part).lower()}`"
        case _:
            return f"`{part}`"
