"""What an approved change does in Omni: re-read, write once, read back, record.

Each is a durable step and may run twice. The one thing that is not safe to do twice, the
write, is counted before it is sent, and read back before it is sent again.

Where Omni, or our own count of requests, lets nothing through, a step raises `RateLimited`,
and whoever runs it comes back later.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypedDict

from bot.change import Action, Change, Event, Status, Terms, landed, moved
from bot.durable import Durable
from bot.omni import NotFound, OmniClient, OmniError, RateLimited
from bot.recent import Recent
from bot.store import By, ChangeStore

log = logging.getLogger(__name__)

#: Seconds between looks at Omni after a write, while it does not show what was written.
SETTLE = (0.0, 0.3, 1.0, 2.0)

#: Seconds for which a re-read is good enough to write after it.
FRESH = 5.0

ALREADY_SO = "It was already so."


class Ending(TypedDict):
    """How applying a change ended, as JSON for the durable record."""

    event: str
    outcome: str
    seen: dict[str, Any] | None
    schedule_id: str | None


class Doubt(TypedDict):
    """Why it is not known what became of a write; no words: Omni reported success."""

    words: str
    answered: bool  # Omni answered, if only that it failed


class Reread(TypedDict):
    """What was found before the write: a reason not to write, and the schedules there are."""

    ending: Ending | None
    others: list[str]


class Sent(TypedDict):
    """What became of a write: ended without effect, or to be read back."""

    ending: Ending | None
    doubt: Doubt
    created: str | None  # the id that Omni answered with


NO_DOUBT: Doubt = {"words": "", "answered": False}


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
        #: When this process re-read for a change, by its monotonic clock.
        self._reread_at: Recent[str, float] = Recent(most=1_000)

    async def reread(self, change: Change) -> Reread:
        """Compare Omni with what was previewed."""
        if change.sends or change.status is not Status.APPLYING:
            return _begun_before(change)
        # The write and the reading back as well: nothing shall wait between the three.
        await self._omni.turns.book(3)
        self._reread_at[change.id] = time.monotonic()
        try:
            if change.action is Action.CREATE:
                found = await self._omni.schedules(change.connection_id)
                return {"ending": None, "others": [schedule.id for schedule in found]}
            now = await self._current(change)
        except RateLimited:
            raise
        except OmniError as error:
            return not_reread(str(error))
        return {"ending": _staleness(change, now), "others": []}

    async def send(self, change_id: str, others: list[str]) -> Sent:
        """Write to Omni, once; a second time only where reading shows it did not happen."""
        change = await self._store.get(change_id)
        if (ending := await self._moved_since(change)) is not None:
            return _ended(ending)
        doubt = NO_DOUBT
        for _ in range(2):
            await self._omni.turns.book(2)
            # More than one: this process or one before it sent it, or was about to.
            if await self._store.begin_send(change_id) > 1:
                ending = await self._settled(change, others)
                if ending is None or ending["event"] != Event.FAIL:
                    break
            try:
                created = await self._write(change)
            except OmniError as error:
                log.info("The write failed: %s", error)
                if isinstance(error, RateLimited) and error.status is None:
                    raise  # it was never sent
                if not error.outcome_unknown:
                    return _ended(_ending(Event.FAIL, str(error)))
                doubt = {"words": str(error), "answered": error.status is not None}
                if doubt["answered"]:
                    break
            else:
                return {"ending": None, "doubt": NO_DOUBT, "created": created}
        return {"ending": None, "doubt": doubt, "created": None}

    async def read_back(self, change_id: str, others: list[str], sent: Sent) -> Ending:
        """Say what Omni shows after the write, having given it time to settle."""
        change, doubt = await self._store.get(change_id), sent["doubt"]
        ending = await self._settled(change, others, sent["created"])
        if ending is None:
            return not_read_back(doubt["words"])
        if ending["event"] == Event.FAIL:
            return _not_seen(ending, doubt)
        return ending

    async def read_again(self, change_id: str) -> Ending | None:
        """Say what Omni shows of a change whose outcome is unknown; None where it still is."""
        change = await self._store.get(change_id)
        if change.status is not Status.UNKNOWN or change.action is Action.CREATE:
            return None
        return await self._settled(change, [])

    async def record(self, change_id: str, ending: Ending) -> bool:
        """Move the change to how it ended; say whether this was what moved it."""
        fields: dict[str, Any] = {"outcome": ending["outcome"]}
        if ending["seen"] is not None:
            fields["seen"] = Terms.from_json(ending["seen"])
        if ending["schedule_id"] is not None:
            fields["schedule_id"] = ending["schedule_id"]
        by = By("", "omni", self._clock(), key=self._durable.key("record"))
        result = await self._store.move(change_id, Event(ending["event"]), by, **fields)
        log.info("%s: %s", ending["event"], ending["outcome"])
        return result.won

    async def _moved_since(self, change: Change) -> Ending | None:
        """Re-read once more where that was long ago: before a crash, or before a wait for Omni."""
        reread_at = self._reread_at.get(change.id)
        if change.sends or (reread_at is not None and time.monotonic() < reread_at + FRESH):
            return None
        return (await self.reread(change))["ending"]

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
        self, change: Change, others: list[str], created: str | None = None
    ) -> Ending | None:
        """Read until the change is seen: confirm, fail (as before), lose (neither), or None."""
        found: tuple[str | None, Terms | None] | None = None
        limited: RateLimited | None = None
        for pause in SETTLE:
            await asyncio.sleep(pause)
            try:
                found, limited = await self._look(change, others, created), None
            except OmniError as error:
                log.info("Reading back failed: %s", error)
                limited = error if isinstance(error, RateLimited) else None
                continue
            schedule_id, now = found
            if landed(change, now):
                words = now.description if now and now.description else ""
                return _ending(Event.CONFIRM, words, now, schedule_id)
        if limited is not None:  # it is not known yet, and will be
            raise limited
        return found and _difference(change, found[1])

    async def _look(
        self, change: Change, others: list[str], created: str | None
    ) -> tuple[str | None, Terms | None]:
        """Return the schedule that the change is about, as Omni shows it now.

        A new one whose id is not known is told by what it is, among those that were not there.
        """
        if change.action is not Action.CREATE:
            return change.schedule_id, await self._current(change)
        for schedule in await self._omni.schedules(change.connection_id):
            like_it = schedule.id not in others and landed(change, schedule.terms)
            if schedule.id == created or (created is None and like_it):
                return schedule.id, schedule.terms
        return None, None

    async def _current(self, change: Change) -> Terms | None:
        try:
            return (await self._omni.schedule(change.connection_id, _existing(change))).terms
        except NotFound:
            return None


# -- how it ends ----------------------------------------------------------------------


def not_reread(words: str) -> Reread:
    """Return the end of a change before which Omni could not be read."""
    return {"ending": _ending(Event.FAIL, f"{words} Nothing was sent."), "others": []}


def _begun_before(change: Change) -> Reread:
    """Return what to do about a change whose write an older version of the bot had begun.

    Reading back tells what became of it, but not of a new schedule: the older version alone knew
    which there were before. What has ended is on record, and this changes nothing of it.
    """
    if change.status is Status.APPLYING and change.action is not Action.CREATE:
        return {"ending": None, "others": []}
    words = "The bot was upgraded while it wrote this."
    return {"ending": _ending(Event.LOSE, words), "others": []}


def not_sent(words: str) -> Sent:
    """Return what is known where the turn for the write never came: reading back has to tell."""
    return {"ending": None, "doubt": {"words": words, "answered": False}, "created": None}


def not_read_back(words: str) -> Ending:
    """Return the end of a change after which Omni could not be read."""
    return _ending(Event.LOSE, f"Omni could not be read after the write. {words}".strip())


def not_known(_words: str) -> None:
    """Return the end of another look that could not be taken: it stays unknown."""


def _ended(ending: Ending) -> Sent:
    return {"ending": ending, "doubt": NO_DOUBT, "created": None}


def _existing(change: Change) -> str:
    if change.schedule_id is None:
        raise ValueError("only a schedule that exists can be read, set or deleted")
    return change.schedule_id


def _staleness(change: Change, now: Terms | None) -> Ending | None:
    if not moved(change.before, now):
        return None
    if landed(change, now):
        return _ending(Event.OUTDATE, ALREADY_SO, now)
    words = (
        "It has changed since the card was shown." if now else "Omni no longer has this schedule."
    )
    return _ending(Event.OUTDATE, words, now)


def _difference(change: Change, now: Terms | None) -> Ending:
    if moved(change.before, now):
        return _ending(Event.LOSE, "Omni shows neither the old nor the new.", now)
    return _ending(Event.FAIL, "Omni shows the schedule as it was before.", now)


def _not_seen(ending: Ending, doubt: Doubt) -> Ending:
    """Judge a write after which Omni shows the schedule as before."""
    if doubt["answered"]:  # Omni said that it failed, and so it shows
        return {**ending, "outcome": f"{doubt['words']} Read again, it is unchanged."}
    words = doubt["words"] or "Omni reported success, and still shows the schedule as it was."
    return {**ending, "event": Event.LOSE, "outcome": words}


def _ending(
    event: Event, outcome: str, seen: Terms | None = None, schedule_id: str | None = None
) -> Ending:
    plain = seen.to_json() if seen else None
    return {"event": event, "outcome": outcome, "seen": plain, "schedule_id": schedule_id}
