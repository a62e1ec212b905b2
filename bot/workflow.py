"""A change's life after the preview: decided, applied once, read back, told.

Each decision is a durable workflow, so that a crash at any point is taken up where it
happened. Its steps may run twice, and what each does is safe to do twice.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypedDict, TypeVar, cast

from bot import endings
from bot import log as logs
from bot.applying import Applying
from bot.asking import require, within
from bot.change import OPEN, Change, Event, Status
from bot.durable import REMEMBER_FINISHED, Durable
from bot.endings import Ending, Sent
from bot.omni import Line, OmniClient, RateLimited, in_line
from bot.policy import Act, Actor, Policy, Refused, may, not_allowed
from bot.recent import Recent
from bot.store import By, ChangeStore, Moved
from bot.telling import Telling

T = TypeVar("T")

Card = tuple[str, str | None]  # a change's id, and a URL to answer through

log = logging.getLogger(__name__)

#: Seconds in all for which Omni is asked again and again to let a step through.
TURN_LONGEST = 600.0

#: After this, whoever proposed a change is not about to show it any more.
SHOWN_WITHIN = timedelta(seconds=30)

#: Reminders of a change that waits for somebody else, each after half of the time left.
MOST_REMINDERS = 3

#: Changes that are looked through: for those to remind of the oldest, for the unshown the newest.
MOST_WAITING = 10_000


class Workflow:
    """Decides changes and carries the decisions out."""

    def __init__(
        self,
        store: ChangeStore,
        omni: OmniClient,
        telling: Telling,
        durable: Durable,
        *,
        policy: Policy,
        repropose: Callable[[Change], Awaitable[Change | None]],
        clock: Callable[[], datetime],
    ) -> None:
        """Register the durable functions; `repropose` makes a stale change's successor."""
        self._store = store
        self._applying = Applying(store, omni, durable, clock=clock)
        self._telling = telling
        self._durable = durable
        self._policy = policy
        self._repropose = repropose
        self._clock = clock
        self._decision = durable.register("decide", self._decide)
        self._opening = durable.register("open", telling.open)
        #: Changes whose opening is on record: `open_unshown` need not ask again.
        self._opened: Recent[str, None] = Recent(most=MOST_WAITING)
        self._recheck = durable.register("recheck", self._look_again)
        self._reminding = durable.register("remind", telling.remind)
        self._noticing = durable.register("tell", telling.noticed)

    async def open(
        self,
        change: Change,
        *,
        reply_url: str | None,
        early: bool = False,
        instead: bool = False,
        replaces: Change | None = None,
    ) -> None:
        """Show a new change to whoever decides it, however long Slack takes.

        With `early`, for one that cannot have been asked for twice, its card does not wait until
        that is on record. With `instead` it takes the place of the message that the URL belongs to.
        """
        if early and change.is_seen:
            self._telling.show_early(change, reply_url)
            await asyncio.sleep(0)  # the card goes first
        await self._open(change, reply_url, instead, replaces.id if replaces else None)

    async def _open(
        self,
        change: Change,
        reply_url: str | None = None,
        instead: bool = False,  # noqa: FBT001, FBT002 - the engine records positional arguments
        replaced: str | None = None,
    ) -> None:
        # Told here and not by a step, which would come before the card of each change.
        told = (change.id, reply_url, instead, replaced, change.is_seen)
        begin = partial(self._durable.begin, self._opening, f"{change.id}:open", *told)
        # It is on record, and holds its schedule: it must be shown.
        await self._durable.until_done("open", begin)
        self._opened[change.id] = None

    async def open_unshown(self) -> None:
        """Show what was proposed by a process that died before it could show it.

        Any number of processes may call this: what is shown or being shown is left alone.
        """
        now = self._clock()
        for change in await self._store.open_changes(limit=MOST_WAITING):
            unsure = change.status is Status.PENDING and change.id not in self._opened
            # That an older one was shown may be on record no more.
            if unsure and SHOWN_WITHIN < now - change.created_at < REMEMBER_FINISHED:
                replaced = await self._store.replaced_by(change)
                await self._open(change, replaced=replaced.id if replaced else None)

    async def decide(
        self,
        change_id: str,
        event: Event,
        actor: Actor,
        *,
        surface: str,
        reply_url: str | None = None,
        note: str | None = None,
    ) -> None:
        """Record a decision; it is carried out in the background, whatever happens.

        A second decision of the same kind by the same person is the same decision, and is
        answered once it is carried out. Raises `NotAllowed` and `UnknownChangeError`.
        """
        change = await self._store.get(change_id)
        self.require(actor, Act(event), change)
        if event is Event.APPROVE and change.status is Status.PENDING:
            self._applying.look_early(change)
        await self._begin(change, event, actor.user_id, surface, reply_url, note)

    def require(self, actor: Actor, act: Act, change: Change) -> None:
        """Raise `NotAllowed` where somebody may not do something to a change."""
        rules = self._policy.for_connection(change.connection_id, change.connection_name)
        require(may(actor, act, rules, change), act, change=change)

    async def _begin(  # noqa: PLR0917 - the engine records positional arguments
        self,
        change: Change,
        event: Event,
        actor: str,
        surface: str,
        reply_url: str | None = None,
        note: str | None = None,
    ) -> None:
        workflow_id = f"{change.id}:{event}:{actor}"
        if self._is_too_late(change, event):  # each click on an old message is answered
            workflow_id = f"{change.id}:late-{event}:{actor}:{secrets.token_hex(4)}"
        told = (change.id, event, actor, surface, reply_url, note, self._clock().isoformat())
        await self._durable.begin(self._decision, workflow_id, *told)

    def _is_too_late(self, change: Change, event: Event) -> bool:
        """Say whether a decision comes to nothing: it was decided, or its time is over."""
        waits = change.status is Status.PENDING
        over = waits and event is Event.APPROVE and change.expires_at <= self._clock()
        return over or change.status not in OPEN

    async def recheck(self, change_id: str, actor: Actor, *, reply_url: str | None) -> None:
        """Read Omni again for a change whose outcome is unknown; raises as `decide`."""
        change = await self._store.get(change_id)
        self.require(actor, Act.SEE, change)
        # Each click reads anew: the one before it may have found Omni down.
        workflow_id = f"{change.id}:recheck:{secrets.token_hex(4)}"
        await self._durable.begin(self._recheck, workflow_id, change.id, actor.user_id, reply_url)

    async def tell(self, change_id: str) -> None:
        """Announce a change that was noticed, once, however often this is called."""
        await self._durable.begin(self._noticing, f"{change_id}:tell", change_id)

    async def expire_due(self) -> None:
        """End the changes whose time is over; any number of processes may call this."""
        for change in await self._store.due(self._clock()):
            # Who approved in time is not too late, though the bot was stopped before it said so.
            if not await self._durable.is_under_way(f"{change.id}:{Event.APPROVE}:"):
                await self._begin(change, Event.EXPIRE, "", "clock")

    async def remind_due(self) -> None:
        """Remind those who decide of what still waits; any number of processes may call this."""
        now = self._clock()
        for change in await self._store.to_remind(now, most=MOST_REMINDERS, limit=MOST_WAITING):
            if change.next_reminder <= now:
                workflow_id = f"{change.id}:remind:{change.reminders}"
                await self._durable.begin(self._reminding, workflow_id, change.id)

    # -- the life of a change ----------------------------------------------------

    async def _decide(  # noqa: PLR0917 - the engine records positional arguments
        self,
        change_id: str,
        event: str,
        actor: str,
        surface: str,
        reply_url: str | None,
        note: str | None,
        at: str | None = None,
    ) -> None:
        with logs.bind(change=change_id):
            claim = partial(self._claim, change_id, event, actor, surface, note, at)
            if not await self._durable.step("claim", claim):
                await self._telling.lost(change_id, actor, reply_url)
                return
            change = await self._store.get(change_id)
            if event == Event.APPROVE:
                change = await self._apply(change, reply_url)
            await self._telling.ended(change, reply_url)
            if change.is_still_news:
                await self._open_afresh(change, reply_url)

    async def _open_afresh(self, stale: Change, reply_url: str | None) -> None:
        """Propose a stale change again, and show that to whoever decides it."""
        successor_id = await self._durable.step("propose-afresh", self._afresh, stale.id)
        if successor_id is not None:
            successor = await self._store.get(successor_id)
            # Who clicked is told nothing through it that is for the requester alone.
            good = successor.in_channel or stale.decided_by == stale.requester
            await self._open(successor, reply_url if good else None)

    async def _afresh(self, change_id: str) -> str | None:
        successor = await self._repropose(await self._store.get(change_id))
        return successor.id if successor else None

    async def _claim(  # noqa: PLR0917 - what the workflow got
        self,
        change_id: str,
        event: str,
        actor: str,
        surface: str,
        note: str | None,
        at: str | None,
    ) -> bool:
        decided_at = datetime.fromisoformat(at) if at else self._clock()
        by = By(actor, surface, decided_at, key=self._durable.key("claim"))
        fields = {"outcome": note} if note else {}
        result = await self._store.move(change_id, Event(event), by, **fields)
        log.info("%s by %s: %s", event, actor or "the clock", "won" if result.won else "too late")
        return result.won

    async def _apply(self, change: Change, reply_url: str | None) -> Change:
        """Re-read, write, read back, record; meanwhile take the buttons off the card."""
        showing = asyncio.create_task(self._telling.applying(change, reply_url))
        try:
            with in_line(Line.DECIDED):
                ending = await self._carry_out(change, reply_url)
            return (await self._record(change.id, ending)).change
        finally:
            await showing

    async def _carry_out(self, change: Change, reply_url: str | None) -> Ending:
        """Write to Omni and read back what became of it."""
        card = (change.id, reply_url)
        try:
            sent = await self._in_turn(card, "send", partial(self._send, change.id))
        except NoTurnError as error:
            sends = (await self._store.get(change.id)).sends
            sent = endings.never_sent(str(error), sends=sends)
        if sent["ending"] is not None:
            return sent["ending"]
        try:
            look = partial(self._applying.read_back, change, sent)
            return await self._in_turn(card, "read-back", look)
        except NoTurnError as error:
            return endings.not_read_back(str(error))

    async def _send(self, change_id: str) -> Sent:
        change = await self._store.get(change_id)
        if not change.sends and (forbidden := self._forbidden(change)) is not None:
            return endings.ended(endings.not_tried(forbidden.text))
        return await self._applying.send(change)

    async def _record(self, change_id: str, ending: Ending) -> Moved:
        # No step: what it did once, it knows by its key in the audit trail.
        return await self._durable.until_done("record", self._applying.record, change_id, ending)

    def _forbidden(self, change: Change) -> Refused | None:
        """Hold a change to the policy as it is now: it may have been asked for under another."""
        rules = self._policy.for_connection(change.connection_id, change.connection_name)
        return not_allowed(Act(change.action), rules) or within(rules, change.after, self._clock())

    async def _in_turn(self, card: Card, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Repeat a step until Omni lets it through, across restarts; in the end `NoTurnError`."""
        waited = 0.0
        while True:
            answer = await self._durable.step(name, _or_wait, work)
            if (wait := answer["wait"]) is None:
                return cast("T", answer["value"])
            if waited + wait > TURN_LONGEST:
                raise NoTurnError(answer["words"])
            if not waited:
                await self._durable.step("say-waiting", self._say_waiting, *card, wait)
            await self._durable.pause(wait)
            waited += wait

    async def _say_waiting(self, change_id: str, reply_url: str | None, wait: float) -> None:
        until = self._clock() + timedelta(seconds=wait)
        await self._telling.waiting(change_id, reply_url, until)

    async def _look_again(self, change_id: str, actor: str, reply_url: str | None) -> None:
        with logs.bind(change=change_id):
            look = partial(self._applying.read_again, change_id)
            card = (change_id, reply_url)
            # Anybody may press it, again and again: what is approved goes first.
            with in_line(Line.PEOPLE):
                try:
                    ending = await self._in_turn(card, "read-again", look)
                except NoTurnError:
                    ending = None
            settled = await self._durable.step("settle", self._settle, change_id, ending)
            if settled["won"]:  # once, of however many looked
                change = await self._store.get(change_id)
                await self._telling.ended(change, reply_url, again=True)
            else:
                await self._telling.unsettled(change_id, settled["ending"], actor, reply_url)

    async def _settle(self, change_id: str, ending: Ending | None) -> "_Settled":
        # Omni was not read, or it is settled: by this look, where it runs again in a later version.
        if ending is None:
            won = await self._store.is_recorded(self._durable.key("record"))
            return {"won": won, "ending": None}
        moved = await self._applying.record(change_id, ending)
        other = moved.overtaken_by
        return {"won": moved.won, "ending": endings.overtaken(other) if other else ending}


class NoTurnError(Exception):
    """Omni, or our own count of requests, let nothing through for as long as is waited."""


class _Settled(TypedDict):
    """Whether a look at Omni settled what became of a change, and what it told."""

    won: bool
    ending: Ending | None


class _Answer(TypedDict, Generic[T]):
    """What became of a step at Omni: its value, or the seconds to wait and why."""

    value: T | None
    wait: float | None
    words: str


async def _or_wait(work: Callable[[], Awaitable[T]]) -> _Answer[T]:
    try:
        return {"value": await work(), "wait": None, "words": ""}
    except RateLimited as error:
        log.info("Omni is asked again later: %s", error)
        return {"value": None, "wait": error.pause, "words": str(error)}
