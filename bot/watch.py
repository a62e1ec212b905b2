"""The watch: notices what changes in Omni outside the bot, and has it told.

A sweep looks at each connection once in a stretch of time, whichever process does it, and only
with requests to Omni that nobody else needs. What it sees for the first time it learns. What
differs from what was seen last becomes a change that was applied, in one transaction with the
new sighting: it is told, listed and undone as any other, once. What the bot applies is recorded
as seen when it is confirmed, and so is never news.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.change import Action, Change, Status, Terms, landed, moved
from bot.durable import Durable
from bot.omni import (
    Connection,
    ConnectionSchedule,
    Line,
    OmniClient,
    OmniError,
    RateLimited,
    in_line,
)
from bot.policy import Policy
from bot.store import By, Known, News, SightingStore, SubscriptionStore

log = logging.getLogger(__name__)

#: A sighting that is newer than this when a look begins is left alone: the bot has just written
#: there, and the clocks of processes may differ.
SETTLING = timedelta(minutes=1)

#: So far before a sweep its news may be dated: the clock may have been set back since it began.
SET_BACK = timedelta(hours=1)

Found = Mapping[str, ConnectionSchedule]


class Watch:
    """Sweeps over Omni's schedules where the policy asks for it."""

    def __init__(
        self,
        sightings: SightingStore,
        subscriptions: SubscriptionStore,
        omni: OmniClient,
        durable: Durable,
        policy: Policy,
        *,
        clock: Callable[[], datetime],
        tell: Callable[[str], Awaitable[None]],
    ) -> None:
        """Register the durable function; `tell` announces a change, by its id, once."""
        self._sightings = sightings
        self._subscriptions = subscriptions
        self._omni = omni
        self._durable = durable
        self._policy = policy
        self._clock = clock
        self._tell = tell
        self._begun = 0
        self._sweeping = durable.register("watch", self._sweep)

    async def due(self) -> None:
        """Begin the sweep of this stretch of time; any number of processes may call this."""
        if not self._policy.watch.enabled:
            return
        length = self._policy.watch.every.total_seconds()
        number = int(self._clock().timestamp() // length)
        if number != self._begun:
            start = datetime.fromtimestamp(number * length, UTC)
            await self._durable.begin(self._sweeping, f"watch:{number}", start.isoformat())
            self._begun = number

    async def _sweep(self, start: str) -> None:
        while True:
            pause = await self._durable.step("look", self._look, start)
            for change_id in await self._durable.step("find-news", self._news, start):
                await self._tell(change_id)
            if not pause:
                return
            await self._durable.pause(pause)

    async def _news(self, start: str) -> list[str]:
        since = datetime.fromisoformat(start) - SET_BACK
        return [one.id for one in await self._sightings.noticed(since)]

    async def _look(self, start: str) -> float:
        """Look at what was not looked at since the start; return when to go on, in seconds."""
        began = datetime.fromisoformat(start)
        try:
            with in_line(Line.BACKGROUND):
                for connection in await self._left(began):
                    await self._look_at(connection)
        except RateLimited as limited:
            # The next sweep begins with whom this one did not get to.
            over = self._clock() >= began + self._policy.watch.every
            return 0.0 if over else limited.pause
        except OmniError as error:
            log.warning("The watch could not see the connections: %s", error)
        return 0.0

    async def _left(self, began: datetime) -> Sequence[Connection]:
        """Return the connections to look at; whom nobody looked at for longest comes first."""
        looked_at = await self._sightings.looked_at()
        connections = await self._omni.connections(fresh=True)
        never = datetime.min.replace(tzinfo=UTC)
        now = self._clock()  # what lies ahead was written before the clock was set back
        left = [one for one in connections if not began <= looked_at.get(one.id, never) <= now]
        return sorted(left, key=lambda one: looked_at.get(one.id, never))

    async def _look_at(self, connection: Connection) -> None:
        now = self._clock()
        try:
            schedules = await self._omni.schedules(connection.id)
        except RateLimited:
            raise
        except OmniError as error:  # nothing is known of it, least of all that it is empty
            log.warning("The watch could not see %s: %s", connection.id, error)
            return
        subscribed = await self._subscriptions.channels(connection.id)
        rules = self._policy.for_connection(connection.id, connection.name)
        found = {one.id: one for one in schedules}
        look = Look(connection, found, rules.told(subscribed), now)

        def news(known: Known) -> News:
            if abs(self._clock() - now) > SETTLING / 2:  # the rest is for clocks that differ
                raise HungError
            return look.news(known)

        try:
            await self._sightings.notice(connection.id, By("", "watch", now), news)
        except HungError:
            log.warning("The watch hung, and looks at %s another time", connection.id)


class HungError(Exception):
    """Too long passed since a look to tell what it saw from what the bot has written since."""


@dataclass(frozen=True, slots=True)
class Look:
    """What Omni showed of a connection, and who is told of news there."""

    connection: Connection
    found: Found
    channels: tuple[str, ...]
    at: datetime

    def news(self, known: Known) -> News:
        """Compare with what was known before."""
        ids = [*self.found, *(one for one in known.sightings if one not in self.found)]
        seen = {
            one: (self._then(one, known), self._now(one))
            for one in ids
            if self._is_settled(one, known)
        }
        moved = {one: pair for one, pair in seen.items() if _differs(*pair)}
        own = {one for one in moved if known.first or self._came_late(one, known)}
        changes = tuple(self._change(one, *moved[one]) for one in moved if one not in own)
        fresh = {
            one: now
            for one, (then, now) in seen.items()
            if one in moved or known.first or _tells_more(then, now)
        }
        return News(changes, fresh)

    def _then(self, schedule_id: str, known: Known) -> Terms | None:
        sighting = known.sightings.get(schedule_id)
        return sighting.terms if sighting else None

    def _now(self, schedule_id: str) -> Terms | None:
        schedule = self.found.get(schedule_id)
        return schedule.terms if schedule else None

    def _is_settled(self, schedule_id: str, known: Known) -> bool:
        """Say whether the bot itself has no hand in how the schedule stands."""
        sighting = known.sightings.get(schedule_id)
        if sighting is not None and abs(sighting.at - self.at) < SETTLING:
            return False
        return known.first or self._hand(schedule_id, known) not in known.busy

    def _hand(self, schedule_id: str, known: Known) -> str | None:
        """Return what the bot's own changes call a schedule: one that is new has no id yet."""
        return schedule_id if schedule_id in known.sightings else None

    def _came_late(self, schedule_id: str, known: Known) -> bool:
        """Say whether it stands as a change of the bot's would have it whose outcome was lost."""
        now, may_be = self._now(schedule_id), {self._hand(schedule_id, known), schedule_id}
        return any(lost.schedule_id in may_be and landed(lost, now) for lost in known.lost)

    def _change(self, schedule_id: str, then: Terms | None, now: Terms | None) -> Change:
        action = Action.SET
        if then is None:
            action = Action.CREATE
        elif now is None:
            action = Action.DELETE
        return Change(
            id=secrets.token_hex(6),
            action=action,
            connection_id=self.connection.id,
            connection_name=self.connection.name,
            schedule_id=schedule_id,
            before=then,
            after=now,
            requester="",
            channel="",
            channels=self.channels,
            second_person=False,
            approvers=(),
            created_at=self.at,
            expires_at=self.at,
            status=Status.APPLIED,
            finished_at=self.at,
            outcome=now.description if now else None,
            seen=now,
        )


def _differs(then: Terms | None, now: Terms | None) -> bool:
    """Say whether a schedule moved; an Omni that begins to tell the kind of refresh moves none."""
    if then and now and None in {then.hard_refresh, now.hard_refresh}:
        then = replace(then, hard_refresh=now.hard_refresh)
    return moved(then, now)


def _tells_more(then: Terms | None, now: Terms | None) -> bool:
    """Say whether Omni began to tell the kind of refresh: learned, or no change of it is news."""
    if then is None or now is None:
        return False
    return then.hard_refresh is None and now.hard_refresh is not None
