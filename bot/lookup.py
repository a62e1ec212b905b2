"""From what people call a connection and its schedule to the ones that Omni shows now."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from bot.finding import (
    AnyIdentified,
    Finding,
    Found,
    Nothing,
    Option,
    Place,
    Several,
    Unclear,
    find,
    find_id,
    fold,
    left_out,
)
from bot.omni import Connection, ConnectionSchedule, OmniClient

log = logging.getLogger(__name__)

Schedules = Callable[[Connection], Awaitable[tuple[ConnectionSchedule, ...]]]


class Lookup:
    """Looks up what people name; where that fails, it raises `Unclear` or `OmniError`."""

    def __init__(self, omni: OmniClient) -> None:
        """Ask for nothing yet."""
        self._omni = omni

    async def learn_names(self) -> None:
        """List the connections before anybody names one, so that the first to do so waits once."""
        try:
            await self._omni.connections()
        except Exception as error:  # noqa: BLE001 - whoever names one asks again, and is told
            log.info("The connections are listed when somebody names one: %s", error)

    async def connection(self, query: str) -> Connection:
        """Return the one connection that is meant."""
        return (await self.named(query, None))[0]

    async def named(self, query: str, schedule: str | None) -> tuple[Connection, str | None]:
        """Return the connection that is meant, and what names its schedule, if anything does."""
        found, name, rest = find_named(query, schedule, await self._omni.connections())
        if isinstance(found, Nothing):  # it may be newer than what is kept
            listed = await self._omni.connections(fresh=True)
            found, name, rest = find_named(query, schedule, listed)
        option = _near_option(name) if isinstance(found, Nothing) else _connection_option
        return _only(found, name, "connection", option), rest

    async def schedule(self, connection: Connection, query: str | None) -> ConnectionSchedule:
        """Return the one schedule that is meant."""
        return pick_schedule(connection, await self._omni.schedules(connection.id), query)

    @contextlib.asynccontextmanager
    async def ahead(
        self, query: str, schedule: str | None, allowed: Callable[[Connection], bool]
    ) -> AsyncIterator[Schedules]:
        """Read a connection's schedules while it is asked for which connection is meant.

        Read are those of the connection that was meant by this name when the names were listed
        last, where that is `allowed`; names rarely move, and whoever waits then waits for Omni
        once. If another one is meant by now, its schedules are read, and these are dropped.
        """
        found, _, _ = find_named(query, schedule, self._omni.latest_connections)
        guess = found.item if isinstance(found, Found) and allowed(found.item) else None
        reading = asyncio.create_task(self._omni.schedules(guess.id)) if guess else None

        async def schedules(connection: Connection) -> tuple[ConnectionSchedule, ...]:
            if reading and guess and connection.id == guess.id:
                return await reading
            return await self._omni.schedules(connection.id)

        try:
            yield schedules
        finally:
            if reading:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)  # heard, whatever it was


def pick_schedule(
    connection: Connection, there: Sequence[ConnectionSchedule], query: str | None
) -> ConnectionSchedule:
    """Return the one of a connection's schedules that is meant; raises `Unclear`."""
    if query is not None:
        found = find_id(query, there)
        found = Nothing(tuple(there)) if isinstance(found, Nothing) else found
        owner = f"“{connection.name}” has"
        return _only(found, query, "schedule", _schedule_option, owner=owner)
    if len(there) == 1:
        return there[0]
    count = f"{len(there)} schedules. Which one?" if there else "no schedule yet."
    options = _told_apart(map(_schedule_option, there))
    raise Unclear(f"“{connection.name}” has {count}", "schedule", options)


def find_named(
    query: str, schedule: str | None, connections: Sequence[Connection]
) -> tuple[Finding[Connection], str, str | None]:
    """Return what is found, by which name, and what names its schedule, if anything does.

    The last word of a name can look like an id: `Sales 2024` is a name where a connection has it.
    The id of a connection is no part of a name, whatever somebody calls another one.
    """
    whole = f"{query} {schedule}"
    by_id = any(fold(one.id) == fold(query) for one in connections)
    if schedule and not by_id and fold(whole) in {fold(one.name) for one in connections}:
        return find(whole, connections), whole, None
    return find(query, connections), query, schedule


def _only(
    found: Finding[AnyIdentified],
    query: str,
    place: Place,
    option: Callable[[AnyIdentified], Option],
    *,
    owner: str = "Omni shows",
) -> AnyIdentified:
    match found:
        case Found(item):
            return item
        case Several(items):
            text = f"`{query}` may mean {len(items)} {place}s. Which one?"
            raise Unclear(text, place, _told_apart(map(option, items)))
        case Nothing(nearest):
            text = f"{owner} no {place} `{query}`."
            more = " Did you mean one of these?" if nearest else ""
            raise Unclear(text + more, place, _told_apart(map(option, nearest)))


def _told_apart(options: Iterable[Option]) -> tuple[Option, ...]:
    """Add the start of the id where several options have the same words."""
    listed = tuple(options)
    count = Counter(option.label for option in listed)
    return tuple(
        replace(one, label=f"{one.label}  {one.id[:8]}") if count[one.label] > 1 else one
        for one in listed
    )


def _connection_option(connection: Connection) -> Option:
    return Option(connection.id, f"{connection.name} ({connection.dialect})")


def _near_option(query: str) -> Callable[[Connection], Option]:
    return lambda one: replace(_connection_option(one), left_out=left_out(query, one.name))


def _schedule_option(schedule: ConnectionSchedule) -> Option:
    words = schedule.description or "schedule"
    return Option(schedule.id, f"{words}  `{schedule.cron}`  {schedule.timezone}")
