"""What an approved change does in Omni: re-read, write once, read back, record.

All of it may run twice. The one thing that is not safe to do twice, the write, is counted
before it is sent, and read back before it is sent again.

Where our own count of requests lets nothing through, or Omni no read, a step raises
`RateLimited`, and whoever runs it comes back later. A write that Omni refuses so ends the change.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot import endings
from bot import log as logs
from bot.change import Action, Change, Event, Status, Terms, landed
from bot.durable import Durable
from bot.endings import Ending, Sent
from bot.omni import ConnectionSchedule, Line, NotFound, OmniClient, OmniError, RateLimited, in_line
from bot.recent import Recent
from bot.store import By, ChangeStore, Moved

log = logging.getLogger(__name__)

#: Seconds between looks at Omni after a write, while it does not show what was written.
SETTLE = (0.0, 0.3, 1.0, 2.0)

#: Seconds for which what was read is good enough to go by.
FRESH = 1.0

#: For so long after it was called unknown, a write that Omni does not show may still come.
MAY_FOLLOW = timedelta(minutes=2)


class Applying:
    """Does in Omni what was decided."""

    def __init__(
        self,
        store: ChangeStore,
        omni: OmniClient,
        durable: Durable,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what it works with."""
        self._store = store
        self._omni = omni
        self._durable = durable
        self._clock = clock
        #: Looks at Omni that were begun early, by a change's id: before the write, and after it.
        self._looks_before: Recent[str, _Look] = Recent(most=1_000)
        self._looks_after: Recent[str, _Look] = Recent(most=1_000)

    def look_early(self, change: Change) -> None:
        """Begin to re-read for somebody who approves, while that is put on record.

        Those who approve at the same time share the look; `send` takes it up.
        """
        known = self._looks_before.get(change.id)
        if known is None or not known.is_fresh:
            with logs.bind(change=change.id), in_line(Line.DECIDED):
                self._begin_look(change, self._looks_before)

    def _begin_look(self, change: Change, looks: Recent[str, "_Look"]) -> None:
        if change.action is not Action.CREATE:  # which is looked for in a list
            looks[change.id] = _Look(asyncio.create_task(self._current(change)))

    async def send(self, change: Change) -> Sent:
        """Re-read, and write to Omni; `change` is as it is on record now."""
        if change.status is not Status.APPLYING:  # an older version ended it, and that stands
            return _ended_elsewhere()
        if change.sends:
            return await self._send_once(change, change.others)
        found = await self._look_before(change)
        if found.ending is not None:
            return endings.ended(found.ending)
        return await self._send_once(change, found.others, read_at=found.at)

    async def _send_once(
        self, change: Change, others: Sequence[str], *, read_at: float = -math.inf
    ) -> Sent:
        """Write to Omni, once; a second time only where reading shows it did not happen."""
        doubt = endings.STOPPED
        for _ in range(2):
            await self._omni.turns.book(_after_the_look(change))
            sends = await self._store.begin_send(change.id, others)
            if not sends:  # whoever took this process for dead carried it out
                return _ended_elsewhere()
            # More than one: this process or one before it sent it, or was about to.
            if sends > 1 and not await self._may_send_again(change):
                await self._store.take_back_send(change.id)
                break
            if sends == 1 and time.monotonic() > read_at + FRESH:  # the database was busy
                await self._store.take_back_send(change.id)
                return await self.send(replace(change, sends=0))  # none was, whoever counted before
            try:
                created = await self._write(change)
            except OmniError as error:
                log.info("The write failed: %s", error)
                if isinstance(error, RateLimited) and error.status is None:
                    await self._store.take_back_send(change.id)
                    raise
                if sends == 1 and not error.outcome_unknown:
                    return endings.ended(endings.end(Event.FAIL, str(error)))
                # Whatever became of the second, the first may still come.
                doubt = {"words": error.what, "over": sends == 1 and not error.may_follow}
                if not error.may_follow:
                    break
            else:
                self._begin_look(change, self._looks_after)  # while it is put on record
                return {"ending": None, "doubt": endings.NO_DOUBT, "created": created}
        return {"ending": None, "doubt": doubt, "created": None}

    async def _may_send_again(self, change: Change) -> bool:
        """Read whether a write did not happen, and would be no second one if it only came late."""
        if change.action is Action.CREATE:
            return False
        found = await self._settled(change)
        if found is None or found["event"] != Event.FAIL:
            return False
        # These looks took the turns that were booked, and nothing shall wait after the last one.
        await self._omni.turns.book(1 + _after_the_look(change))
        found = await self._settled(change, looks=(0.0,))
        return found is not None and found["event"] == Event.FAIL

    async def read_back(self, change: Change, sent: Sent) -> Ending:
        """Say what Omni shows after the write, having given it time to settle."""
        doubt, created = sent["doubt"], sent["created"]
        ending = await self._settled(change, created)
        if ending is None:
            ending = endings.not_read_back(doubt["words"])
        elif ending["event"] == Event.FAIL:
            ending = endings.not_seen(ending, doubt)
        return {**ending, "schedule_id": ending["schedule_id"] or created}

    async def read_again(self, change_id: str) -> Ending | None:
        """Say what Omni shows of a change whose outcome is unknown.

        None where Omni could not be read, or where the outcome is known by now.
        """
        change = await self._store.get(change_id)
        if change.status is not Status.UNKNOWN or change.finished_at is None:
            return None
        ending = await self._settled(change, change.schedule_id, looks=(0.0,))  # settled long since
        if ending and ending["event"] == Event.FAIL and self._may_follow(change):
            words = f"{ending['outcome']} What was sent may still come."
            return {**ending, "event": Event.LOSE, "outcome": words}
        return ending

    async def record(self, change_id: str, ending: Ending) -> Moved:
        """Move the change to how it ended, once, however often this is called."""
        # Also where that is nothing: it may have been seen before, and be gone now.
        seen = Terms.from_json(ending["seen"]) if ending["seen"] else None
        fields: dict[str, Any] = {"outcome": ending["outcome"], "seen": seen}
        if ending["schedule_id"] is not None:
            fields["schedule_id"] = ending["schedule_id"]
        by = By("", "omni", self._clock(), key=self._durable.key("record"))
        result = await self._store.move(change_id, Event(ending["event"]), by, **fields)
        log.info("%s: %s", ending["event"], ending["outcome"])
        return result

    async def _look_before(self, change: Change) -> "_Before":
        """Read what there is before the write, and whether that forbids it.

        The write and the reading back are booked as well: nothing shall wait between the three.
        """
        since = self._clock() - MAY_FOLLOW
        lost = await self._store.lost_since(change.connection_id, since)
        again = await self._store.sent_again_since(change.schedule_id, since)
        coming = [one for one in (*lost, *again) if self._may_follow(one)]
        try:
            if change.action is Action.CREATE:
                return await self._list_before(change)
            now, at = await self._reread(change)
        except RateLimited:
            raise
        except OmniError as error:
            return _Before(endings.not_tried(str(error)))
        return _Before(
            endings.staleness(change, now) or endings.outstanding(change, now, coming), at=at
        )

    def _may_follow(self, sent: Change) -> bool:
        """Say whether what a change sent may still come."""
        # What lies farther ahead is of a clock that was set back since.
        ended = sent.finished_at
        return ended is not None and abs(self._clock() - ended) < MAY_FOLLOW

    async def _list_before(self, change: Change) -> "_Before":
        await self._omni.turns.book(1 + _after_the_look(change))
        found = await self._omni.schedules(change.connection_id)
        others = tuple(one.id for one in found)
        return _Before(endings.added_since(change, found), others, time.monotonic())

    async def _reread(self, change: Change) -> tuple[Terms | None, float]:
        """Return a schedule as it stands before the write, and when that was read."""
        look = self._looks_before.pop(change.id, None)
        if look is not None:
            await self._omni.turns.book(_after_the_look(change))
            if look.is_fresh:
                return await look.found, look.ended
        await self._omni.turns.book(1 + _after_the_look(change))
        return await self._current(change), time.monotonic()

    # -- one request ------------------------------------------------------------------

    async def _write(self, change: Change) -> str | None:
        """Send the write; return the id of a new schedule."""
        omni, after = self._omni, change.after
        if after is None:
            await omni.delete(change.connection_id, _existing(change))
        elif change.action is Action.CREATE:
            return await omni.create(change.connection_id, cron=after.cron, timezone=after.timezone)
        else:
            await omni.update(
                change.connection_id,
                _existing(change),
                cron=after.cron,
                timezone=after.timezone,
                hard_refresh=change.before.hard_refresh if change.before else None,
            )
        return None

    async def _settled(
        self,
        change: Change,
        created: str | None = None,
        *,
        looks: Sequence[float] | None = None,
    ) -> Ending | None:
        """Read until the change is seen: confirm, fail (as before), lose (neither), or None."""
        found: tuple[str | None, Terms | None] | None = None
        limited: RateLimited | None = None
        for pause in SETTLE if looks is None else looks:
            await asyncio.sleep(pause)
            try:
                found, limited = await self._look(change, created), None
            except OmniError as error:
                log.info("Reading back failed: %s", error)
                limited = error if isinstance(error, RateLimited) else None
                continue
            schedule_id, now = found
            if landed(change, now):
                words = now.description if now and now.description else ""
                return endings.end(Event.CONFIRM, words, now, schedule_id)
        if limited is not None:  # it is not known yet, and will be
            raise limited
        return found and endings.difference(change, found[1])

    async def _look(self, change: Change, created: str | None) -> tuple[str | None, Terms | None]:
        """Return the schedule that the change is about, as Omni shows it now."""
        if change.action is not Action.CREATE:
            if (early := self._looks_after.pop(change.id, None)) is not None and early.is_fresh:
                return change.schedule_id, await early.found
            return change.schedule_id, await self._current(change)
        found = await self._omni.schedules(change.connection_id)
        if created is None:
            created = await self._recognized(change, found)
        terms = next((schedule.terms for schedule in found if schedule.id == created), None)
        return (created, terms) if terms else (None, None)

    async def _recognized(self, change: Change, found: Iterable[ConnectionSchedule]) -> str | None:
        """Return the id of a new schedule that Omni did not tell; None where it is not certain.

        It is the only one like it that was not there before, and that no other change made or
        may have made.
        """
        rivals = await self._store.created_beside(change)
        if any(rival.schedule_id is None and landed(change, rival.after) for rival in rivals):
            return None
        others = (await self._store.get(change.id)).others  # of when it was sent
        taken = {*others, *(rival.schedule_id for rival in rivals)}
        like_it = [one.id for one in found if one.id not in taken and landed(change, one.terms)]
        return like_it[0] if len(like_it) == 1 else None

    async def _current(self, change: Change) -> Terms | None:
        """Return a schedule as it stands; None where the list of its connection has it no more.

        What stands before an Omni that is away answers 404 as well, and Omni itself where only the
        connection's model is missing.
        """
        schedule_id = _existing(change)
        try:
            return (await self._omni.schedule(change.connection_id, schedule_id)).terms
        except NotFound:
            there = await self._omni.schedules(change.connection_id)
        return next((one.terms for one in there if one.id == schedule_id), None)


@dataclass(frozen=True, slots=True)
class _Before:
    """What was read before a write."""

    ending: Ending | None  # why it is not written
    others: tuple[str, ...] = ()  # schedules that a new one is told apart from afterwards
    at: float = math.inf  # when, by the monotonic clock


class _Look:
    """One look at Omni, under way or done."""

    def __init__(self, found: asyncio.Task[Terms | None]) -> None:
        self.found = found
        self.ended = math.inf  # by the monotonic clock
        found.add_done_callback(self._end)

    @property
    def is_fresh(self) -> bool:
        """Whether it is good enough to go by."""
        return time.monotonic() < self.ended + FRESH

    def _end(self, found: asyncio.Task[Terms | None]) -> None:
        self.ended = time.monotonic()
        if not found.cancelled():
            found.exception()  # where somebody else decided first, nobody asks for it


def _ended_elsewhere() -> Sent:
    """Return what becomes of a write to a change that has its end: nothing, as that stands."""
    return endings.ended(endings.end(Event.LOSE, "It was ended elsewhere."))


def _after_the_look(change: Change) -> int:
    """Return how many requests it takes to write and read back: that one is gone, it takes two."""
    return 3 if change.action is Action.DELETE else 2


def _existing(change: Change) -> str:
    if change.schedule_id is None:
        raise ValueError("only a schedule that exists can be read, set or deleted")
    return change.schedule_id
