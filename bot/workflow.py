"""A change's life after the preview: decided, applied once, read back, told.

Each decision is a durable workflow, so that a crash at any point is taken up where it
happened. Its steps may run twice, and what each does is safe to do twice.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, Protocol, TypedDict, TypeVar, cast

from bot import applying
from bot import log as logs
from bot.applying import Applying, Ending, Reread
from bot.change import OPEN, Change, Event, Place, Status, Terms
from bot.deciders import Asked, Deciders
from bot.durable import Durable
from bot.omni import Line, OmniClient, RateLimited, in_line
from bot.policy import Act, Actor, Policy, Refused, may, not_allowed
from bot.proposals import NotAllowed, within
from bot.store import Announcement, AnnouncementStore, By, ChangeStore

T = TypeVar("T")

Card = tuple[str, str | None]  # a change's id, and a URL to answer through

log = logging.getLogger(__name__)

#: Seconds until Slack is tried again: doubled each time, up to the last.
RETRY_FIRST, RETRY_LAST = 2.0, 300.0

#: After this many tries, a week, a message that Slack never took is given up.
MOST_TRIES = 2_000

#: Seconds until Omni is asked again where it does not say when, and in all until that ends.
TURN_PAUSE, TURN_LONGEST = 15.0, 600.0

#: Reminders of a change that waits for somebody else, each after half of the time left.
MOST_REMINDERS = 3

#: Open changes that are looked through for them; the oldest are those to remind of.
MOST_WAITING = 10_000


class TryLater(Exception):  # noqa: N818 - no fault of ours: Slack did not take it yet
    """Slack did not take a message; `seconds` is what it asked us to wait, if it did."""

    def __init__(self, seconds: float | None = None) -> None:
        super().__init__("Slack did not take the message")
        self.seconds = seconds


class Teller(Protocol):
    """What tells people; each raises `TryLater` where Slack may take it another time."""

    async def show(self, change: Change, *, reply_url: str | None) -> None:
        """Bring a change's card up to date, or tell the requester where it cannot be."""

    async def present(
        self, change: Change, *, reply_url: str | None, instead: bool
    ) -> Place | None:
        """Show a new change's card; return it where it can be updated later."""

    async def ask(self, change: Change, person: str) -> Place | None:
        """Show a new change's card to somebody who decides, directly."""

    async def asked(
        self, change: Change, people: list[str], left: list[str], *, reply_url: str | None
    ) -> None:
        """Tell whoever asked for a change who was asked to decide it, and who was not."""

    async def replaced(self, change: Change, successor: Change) -> None:
        """Tell whoever asked for a change that somebody else's took its place."""

    async def edited(self, change: Change, successor: Change, card: Place) -> None:
        """Say in a card's thread that it is not the same any more that is to be decided."""

    async def unsettled(self, change: Change, actor: str, reply_url: str | None) -> None:
        """Tell somebody who had Omni read again that its outcome is still not known."""

    async def wait(self, change: Change, until: datetime, *, reply_url: str | None) -> None:
        """Say on an approved change's card when its turn at Omni comes."""

    async def lost(self, change: Change, actor: str, reply_url: str | None) -> None:
        """Tell somebody who decided too late how the change stands."""

    async def announce(
        self, change: Change, told: Announcement, *, followed_by: Change | None
    ) -> Announcement:
        """Tell a channel, or bring what it was told up to date."""

    async def below(self, change: Change, told: Announcement) -> Announcement:
        """Tell the details, or how it ended, in the thread of what a channel was told."""

    async def remind(self, change: Change) -> None:
        """Say in the threads of a card that it still waits."""

    async def report(self, change: Change, failed: tuple[Announcement, ...]) -> None:
        """Tell the requester which channels could not be told, and the repair."""


class Workflow:
    """Decides changes and carries the decisions out."""

    def __init__(
        self,
        store: ChangeStore,
        announcements: AnnouncementStore,
        omni: OmniClient,
        teller: Teller,
        durable: Durable,
        *,
        policy: Policy,
        deciders: Deciders,
        clock: Callable[[], datetime],
        repropose: Callable[[Change], Awaitable[Change | None]],
    ) -> None:
        """Register the durable functions; `repropose` makes a stale change's successor."""
        self._store = store
        self._announcements = announcements
        self._applying = Applying(store, omni, durable, clock=clock)
        self._teller = teller
        self._durable = durable
        self._policy = policy
        self._deciders = deciders
        self._clock = clock
        self._repropose = repropose
        self._decision = durable.register("decide", self._decide)
        self._opening = durable.register("open", self._open)
        self._recheck = durable.register("recheck", self._look_again)
        self._reminding = durable.register("remind", self._remind)
        self._telling = durable.register("tell", self._tell_of)

    async def open(
        self,
        change: Change,
        *,
        reply_url: str | None,
        instead: bool = False,
        replaces: Change | None = None,
    ) -> None:
        """Show a new change to whoever decides it, however long Slack takes.

        With `instead` its card takes the place of the message that the URL belongs to.
        """
        workflow_id = f"{change.id}:open"
        replaced = replaces.id if replaces else None
        # Told here and not by a step, which would come before the card of each change.
        seen = change.in_channel or not change.second_person or bool(change.cards)
        await self._durable.begin(
            self._opening, workflow_id, change.id, reply_url, instead, replaced, seen
        )

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
        await self._begin(change, event, actor.user_id, surface, reply_url, note)

    def require(self, actor: Actor, act: Act, change: Change) -> None:
        """Raise `NotAllowed` where somebody may not do something to a change."""
        rules = self._policy.for_connection(change.connection_id, change.connection_name)
        verdict = may(actor, act, rules, change)
        if isinstance(verdict, Refused):
            raise NotAllowed(verdict, act, change=change)

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
        if change.status not in OPEN:  # a button in an old message: each click is answered
            workflow_id += f":{secrets.token_hex(4)}"
        await self._durable.begin(
            self._decision, workflow_id, change.id, event, actor, surface, reply_url, note
        )

    async def recheck(self, change_id: str, actor: Actor, *, reply_url: str | None) -> None:
        """Read Omni again for a change whose outcome is unknown; raises as `decide`."""
        change = await self._store.get(change_id)
        self.require(actor, Act.SEE, change)
        # Each click reads anew: the one before it may have found Omni down.
        workflow_id = f"{change.id}:recheck:{secrets.token_hex(4)}"
        await self._durable.begin(self._recheck, workflow_id, change.id, actor.user_id, reply_url)

    async def tell(self, change_id: str) -> None:
        """Announce a change that was noticed, once, however often this is called."""
        await self._durable.begin(self._telling, f"{change_id}:tell", change_id)

    async def expire_due(self) -> None:
        """End the changes whose time is over; any number of processes may call this."""
        for change in await self._store.due(self._clock()):
            await self._begin(change, Event.EXPIRE, "", "clock")

    async def remind_due(self) -> None:
        """Remind those who decide of what still waits; any number of processes may call this."""
        for change in await self._store.open_changes(limit=MOST_WAITING):
            waits = change.second_person and change.status is Status.PENDING
            if (
                waits
                and change.reminders < MOST_REMINDERS
                and change.next_reminder <= self._clock()
            ):
                workflow_id = f"{change.id}:remind:{change.reminders}"
                await self._durable.begin(self._reminding, workflow_id, change.id)

    # -- the life of a change ----------------------------------------------------

    async def _open(
        self,
        change_id: str,
        reply_url: str | None,
        instead: bool,  # noqa: FBT001 - the engine records positional arguments
        replaced_id: str | None,
        seen: bool,  # noqa: FBT001 - as above
    ) -> None:
        with logs.bind(change=change_id):
            asked = None if seen else await self._find_deciders(change_id)
            await self._insist("show-card", self._present, change_id, reply_url, instead)
            if asked is not None:
                for person in asked["people"]:
                    await self._insist(f"ask-{person}", self._ask, change_id, person)
                told = partial(self._tell_asked, asked)
                await self._insist("tell-asked", told, change_id, reply_url)
            if replaced_id is not None:
                await self._replaced(replaced_id, change_id)

    async def _decide(  # noqa: PLR0917 - the engine records positional arguments
        self,
        change_id: str,
        event: str,
        actor: str,
        surface: str,
        reply_url: str | None,
        note: str | None,
    ) -> None:
        with logs.bind(change=change_id):
            step = self._durable.step
            if not await step("claim", self._claim, change_id, event, actor, surface, note):
                await self._insist("tell-loser", self._tell_loser, change_id, actor, reply_url)
                return
            if event == Event.APPROVE:
                await self._apply(change_id, reply_url)
            await self._tell(change_id, reply_url)

    async def _claim(
        self, change_id: str, event: str, actor: str, surface: str, note: str | None
    ) -> bool:
        by = By(actor, surface, self._clock(), key=self._durable.key("claim"))
        fields = {"outcome": note} if note else {}
        result = await self._store.move(change_id, Event(event), by, **fields)
        log.info("%s by %s: %s", event, actor or "the clock", "won" if result.won else "too late")
        return result.won

    async def _apply(self, change_id: str, reply_url: str | None) -> None:
        """Re-read, write, read back, record."""
        begin = partial(self._begin_applying, change_id, reply_url)
        again = partial(self._reread, change_id)
        card = (change_id, reply_url)
        with in_line(Line.DECIDED):
            reread = await self._in_turn(
                card, "re-read", begin, again=again, never=applying.not_reread
            )
            ending = reread["ending"] or await self._write(card, reread["others"])
        await self._durable.step("record", self._applying.record, change_id, ending)

    async def _write(self, card: Card, others: list[str]) -> Ending:
        """Write to Omni and read back what became of it."""
        change_id, _ = card
        send = partial(self._applying.send, change_id, others)
        sent = await self._in_turn(card, "send", send, never=applying.not_sent)
        if sent["ending"] is not None:
            return sent["ending"]
        look = partial(self._applying.read_back, change_id, others, sent)
        return await self._in_turn(card, "read-back", look, never=applying.not_read_back)

    async def _begin_applying(self, change_id: str, reply_url: str | None) -> Reread:
        """Compare Omni with the preview; meanwhile take the buttons off the card."""
        change = await self._store.get(change_id)
        if not change.sends and (forbidden := self._forbidden(change)) is not None:
            return applying.not_reread(forbidden.text)
        showing = asyncio.create_task(self._show_applying(change, reply_url))
        try:
            return await self._applying.reread(change)
        finally:
            await showing

    async def _reread(self, change_id: str) -> Reread:
        return await self._applying.reread(await self._store.get(change_id))

    def _forbidden(self, change: Change) -> Refused | None:
        """Hold a change to the policy as it is now: it may have been asked for under another."""
        rules = self._policy.for_connection(change.connection_id, change.connection_name)
        return not_allowed(Act(change.action), rules) or within(rules, change.after, self._clock())

    async def _show_applying(self, change: Change, reply_url: str | None) -> None:
        try:
            await self._teller.show(change, reply_url=reply_url)
        except TryLater:
            log.info("The card keeps its buttons until the result is shown")

    async def _in_turn(
        self,
        card: Card,
        name: str,
        work: Callable[[], Awaitable[T]],
        *,
        again: Callable[[], Awaitable[T]] | None = None,
        never: Callable[[str], T],
    ) -> T:
        """Repeat a step until Omni lets it through, across restarts, but not for ever."""
        waited = 0.0
        while True:
            answer = await self._durable.step(name, _or_wait, work)
            if (wait := answer["wait"]) is None:
                return cast("T", answer["value"])
            if waited + wait > TURN_LONGEST:
                return never(answer["words"])
            if not waited:
                await self._durable.step("say-waiting", self._say_waiting, *card, wait)
            await self._durable.pause(wait)
            work, waited = again or work, waited + wait

    async def _say_waiting(self, change_id: str, reply_url: str | None, wait: float) -> None:
        change = await self._store.get(change_id)
        if change.status is Status.APPLYING:
            with contextlib.suppress(TryLater):
                until = self._clock() + timedelta(seconds=wait)
                await self._teller.wait(change, until, reply_url=reply_url)

    async def _look_again(self, change_id: str, actor: str, reply_url: str | None) -> None:
        with logs.bind(change=change_id):
            look = partial(self._applying.read_again, change_id)
            card = (change_id, reply_url)
            with in_line(Line.DECIDED):
                ending = await self._in_turn(card, "read-again", look, never=applying.not_known)
            record = self._applying.record
            if ending is None or not await self._durable.step("record", record, change_id, ending):
                await self._insist("reply", self._show, change_id, reply_url)
                told = partial(self._tell_unsettled, ending)
                await self._insist("tell-unsettled", told, change_id, actor, reply_url)
                return
            await self._tell(change_id, reply_url)  # once, of however many looked

    # -- steps: Slack ---------------------------------------------------------------

    async def _tell(self, change_id: str, reply_url: str | None) -> None:
        await self._insist("reply", self._show, change_id, reply_url)
        change = await self._store.get(change_id)
        if change.decided_by != change.requester:
            for card in change.cards:
                await self._insist(f"note-{card.channel}", self._note, change_id, card.channel)
        if change.status is Status.STALE and change.outcome != applying.ALREADY_SO:
            successor = await self._durable.step("propose-afresh", self._afresh, change_id)
            if successor is not None:
                await self._insist("show-fresh-card", self._present, successor, reply_url, False)
        if change.status is Status.APPLIED:
            await self._announce_everywhere(change)

    async def _tell_of(self, change_id: str) -> None:
        with logs.bind(change=change_id):
            await self._announce_everywhere(await self._store.get(change_id))

    async def _announce_everywhere(self, change: Change) -> None:
        for channel in change.channels:
            await self._insist(f"announce-{channel}", self._announce, change.id, channel)
            await self._insist(f"details-{channel}", self._details, change.id, channel)
        await self._insist("report-channels", self._report, change.id)
        for earlier in await self._durable.step("find-earlier", self._earlier, change.id):
            await self._insist(f"amend-{earlier}", self._amend, earlier, change.id)

    async def _remind(self, change_id: str) -> None:
        with logs.bind(change=change_id):
            await self._durable.step("count", self._count_reminder, change_id)
            await self._insist("remind", self._say_reminder, change_id)

    async def _insist(
        self, name: str, function: Callable[..., Awaitable[None]], *args: str | bool | None
    ) -> None:
        """Repeat a step until Slack has taken the message, across restarts."""

        async def attempt() -> float:
            try:
                await function(*args)
            except TryLater as later:
                return later.seconds or -1.0
            return 0.0

        pause = RETRY_FIRST
        for _ in range(MOST_TRIES):
            asked = await self._durable.step(name, attempt)
            if asked == 0:
                return
            await self._durable.pause(max(asked, pause))
            pause = min(pause * 2, RETRY_LAST)
        log.error("Given up after %d tries: %s", MOST_TRIES, name)

    async def _show(self, change_id: str, reply_url: str | None) -> None:
        await self._teller.show(await self._store.get(change_id), reply_url=reply_url)

    async def _present(self, change_id: str, reply_url: str | None, instead: bool) -> None:  # noqa: FBT001 - as above
        change = await self._store.get(change_id)
        if change.status not in {Status.PENDING, Status.EXPIRED}:
            return  # decided on the card that was shown before a crash
        if change.cards:  # it took over another change's card, or this step runs again
            await self._teller.show(change, reply_url=None)
            return
        card = await self._teller.present(change, reply_url=reply_url, instead=instead)
        if card is not None:
            await self._store.place_card(change_id, card)

    async def _find_deciders(self, change_id: str) -> Asked:
        return await self._durable.step("find-approvers", self._deciders_of, change_id)

    async def _deciders_of(self, change_id: str) -> Asked:
        return await self._deciders.of(await self._store.get(change_id))

    async def _ask(self, change_id: str, person: str) -> None:
        change = await self._store.get(change_id)
        if change.status is Status.PENDING:
            card = await self._teller.ask(change, person)
            if card is not None:
                await self._store.place_card(change_id, card)

    async def _tell_asked(self, asked: Asked, change_id: str, reply_url: str | None) -> None:
        change = await self._store.get(change_id)
        await self._teller.asked(change, asked["people"], asked["left"], reply_url=reply_url)

    async def _replaced(self, replaced_id: str, change_id: str) -> None:
        """Tell of a change that took another's place: in that one's cards, if both are of one."""
        replaced, change = await self._store.get(replaced_id), await self._store.get(change_id)
        if replaced.requester != change.requester:
            await self._insist("tell-replaced", self._tell_replaced, replaced_id, change_id)
        elif change.second_person:  # whoever decides may have read what stood there before
            for card in replaced.cards:
                told = partial(self._tell_edited, card)
                await self._insist(f"tell-edited-{card.channel}", told, replaced_id, change_id)

    async def _tell_replaced(self, replaced_id: str, change_id: str) -> None:
        replaced, change = await self._store.get(replaced_id), await self._store.get(change_id)
        await self._teller.show(replaced, reply_url=None)
        await self._teller.replaced(replaced, change)

    async def _tell_edited(self, card: Place, replaced_id: str, change_id: str) -> None:
        replaced, change = await self._store.get(replaced_id), await self._store.get(change_id)
        await self._teller.edited(replaced, change, card)

    async def _afresh(self, change_id: str) -> str | None:
        successor = await self._repropose(await self._store.get(change_id))
        return successor.id if successor else None

    async def _tell_loser(self, change_id: str, actor: str, reply_url: str | None) -> None:
        if actor:  # the clock needs no telling
            await self._teller.lost(await self._store.get(change_id), actor, reply_url)

    async def _tell_unsettled(
        self, ending: Ending | None, change_id: str, actor: str, reply_url: str | None
    ) -> None:
        change = await self._store.get(change_id)
        if change.status is Status.UNKNOWN:  # else the card says what somebody else found
            shown = Terms.from_json(ending["seen"]) if ending and ending["seen"] else None
            words = ending["outcome"] if ending else "Omni could not be read."
            change = replace(change, outcome=words, seen=shown)
            await self._teller.unsettled(change, actor, reply_url)

    async def _announce(self, change_id: str, channel: str) -> None:
        change = await self._store.get(change_id)
        told = await self._announcements.get(change_id, channel)
        await self._announcements.keep(await self._teller.announce(change, told, followed_by=None))

    async def _details(self, change_id: str, channel: str) -> None:
        told = await self._announcements.get(change_id, channel)
        if told.ts is not None and told.thread is None:
            change = await self._store.get(change_id)
            await self._announcements.keep(await self._teller.below(change, told))

    async def _note(self, change_id: str, channel: str) -> None:
        change = await self._store.get(change_id)
        told = await self._announcements.get(change_id, channel)
        if told.thread is None:
            ts = next(card.ts for card in change.cards if card.channel == channel)
            below = await self._teller.below(change, replace(told, ts=ts))
            await self._announcements.keep(below)

    async def _earlier(self, change_id: str) -> list[str]:
        """Return the changes whose announcements offer an undo that no longer fits."""
        change = await self._store.get(change_id)
        before = await self._store.applied_before(change)
        found = (change.undo_of, before.id if before else None)
        return list(dict.fromkeys(one for one in found if one is not None))

    async def _amend(self, earlier_id: str, change_id: str) -> None:
        earlier = await self._store.get(earlier_id)
        change = await self._store.get(change_id)
        for told in await self._announcements.of(earlier_id):
            if told.ts is not None:
                await self._teller.announce(earlier, told, followed_by=change)

    async def _count_reminder(self, change_id: str) -> None:
        await self._store.count_reminder(change_id)

    async def _say_reminder(self, change_id: str) -> None:
        change = await self._store.get(change_id)
        if change.status is Status.PENDING:
            await self._teller.remind(change)

    async def _report(self, change_id: str) -> None:
        told = await self._announcements.of(change_id)
        if failed := tuple(one for one in told if one.problem):
            await self._teller.report(await self._store.get(change_id), failed)


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
        return {"value": None, "wait": error.retry_after or TURN_PAUSE, "words": str(error)}
