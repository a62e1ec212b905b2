"""What Omni has, as it was a moment ago: asked for once, however many people look.

The key allows 60 requests a minute. Looking may be seconds old; a proposal and an approval
read Omni themselves, and never from here.
"""

from functools import partial

from bot.change import Change, Status
from bot.omni import Connection, ConnectionSchedule, OmniClient
from bot.recent import Recent
from bot.shared import Shared

KEEP_SCHEDULES = 15.0  # seconds
MOST_KEPT = 500  # connections whose schedules are kept


class Catalog:
    """Connections and their schedules, for lists, menus and App Home."""

    def __init__(self, omni: OmniClient) -> None:
        """Ask for nothing yet."""
        self._omni = omni
        self._schedules: Recent[str, Shared[tuple[ConnectionSchedule, ...]]] = Recent(
            most=MOST_KEPT
        )

    async def connections(self) -> tuple[Connection, ...]:
        """Return the connections by name; raises `OmniError`."""
        found = await self._omni.connections()
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.id)))

    async def schedules(self, connection_id: str) -> tuple[ConnectionSchedule, ...]:
        """Return a connection's schedules, seconds old at most; raises `OmniError`."""
        if connection_id not in self._schedules:
            ask = partial(self._omni.schedules, connection_id)
            self._schedules[connection_id] = Shared(ask, seconds=KEEP_SCHEDULES)
        return await self._schedules[connection_id].get(fresh=False)

    def changed(self, change: Change) -> None:
        """Drop what is kept of a connection that this change may have written to."""
        if change.status is not Status.PENDING:
            self._schedules.pop(change.connection_id, None)

    async def close(self) -> None:
        """Stop what is being asked."""
        for shared in tuple(self._schedules.values()):
            await shared.close()
