"""Telling people of a change: each message repeated until Slack took it, across restarts.

What follows are steps of durable workflows: each may run twice, and then brings up to date what
it posted before.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

from bot import log as logs
from bot.change import Change, Place, Status, Terms
from bot.deciders import Asked, Deciders
from bot.durable import Durable
from bot.endings import Ending
from bot.recent import Recent
from bot.store import Announcement, AnnouncementStore, ChangeStore

log = logging.getLogger(__name__)

#: Seconds until Slack is tried again: doubled each time, up to the last.
RETRY_FIRST, RETRY_LAST = 2.0, 300.0


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


class Telling:
    """Tells people of changes, in steps of the workflow that runs."""

    def __init__(
        self,
        store: ChangeStore,
        announcements: AnnouncementStore,
        teller: Teller,
        durable: Durable,
        *,
        deciders: Deciders,
    ) -> None:
        """Take what it works with."""
        self._store = store
        self._announcements = announcements
        self._teller = teller
        self._durable = durable
        self._deciders = deciders
        #: The cards that are shown already while that they shall be is put on record.
        self._early: Recent[str, asyncio.Task[None]] = Recent(most=1_000)

    def show_early(self, change: Change, reply_url: str | None) -> None:
        """Begin to show a change that was just recorded, while `open` is put on record.

        `open` takes it up. A process that dies before may have shown a card, and another comes.
        """
        with logs.bind(change=change.id):
            showing = self._show_first(change, reply_url, instead=False)
            self._early[change.id] = asyncio.create_task(showing)

    async def open(
        self,
        change_id: str,
        reply_url: str | None,
        instead: bool,  # noqa: FBT001 - the engine records positional arguments
        replaced_id: str | None,
        seen: bool,  # noqa: FBT001 - as above
    ) -> None:
        """Show a new change to whoever decides it, and tell of the one that it replaced."""
        with logs.bind(change=change_id):
            asked = None if seen else await self._find_deciders(change_id)
            await self._insist("show-card", self._present, change_id, reply_url, instead)
            if replaced_id is not None:
                await self._replaced(replaced_id, change_id)
            if asked is not None:
                for person in asked["people"]:
                    await self._insist(f"ask-{person}", self._ask, change_id, person)
                told = partial(self._tell_asked, asked)
                await self._insist("tell-asked", told, change_id, reply_url)

    async def noticed(self, change_id: str) -> None:
        """Announce a change that was made outside the bot."""
        with logs.bind(change=change_id):
            await self._announce_everywhere(await self._store.get(change_id))

    async def remind(self, change_id: str) -> None:
        """Remind whoever decides that a change still waits."""
        with logs.bind(change=change_id):
            await self._durable.step("count", self._store.count_reminder, change_id)
            await self._insist("remind", self._say_reminder, change_id)

    async def applying(self, change: Change, reply_url: str | None) -> None:
        """Take the buttons off a card, if Slack takes that at once."""
        if change.status is not Status.APPLYING:
            return  # a crash came after its end
        try:
            await self._teller.show(change, reply_url=reply_url)
        except Exception as error:  # noqa: BLE001 - a courtesy, which shall stop nothing
            log.info("The card keeps its buttons until the result is shown: %s", error)

    async def waiting(self, change_id: str, reply_url: str | None, until: datetime) -> None:
        """Say when a change's turn at Omni comes, if Slack takes that at once."""
        change = await self._store.get(change_id)
        if change.status is Status.APPLYING:
            with contextlib.suppress(TryLater):
                await self._teller.wait(change, until, reply_url=reply_url)

    async def lost(self, change_id: str, actor: str, reply_url: str | None) -> None:
        """Tell somebody who decided too late how the change stands."""
        await self._insist("tell-loser", self._tell_loser, change_id, actor, reply_url)

    async def unsettled(
        self, change_id: str, ending: Ending | None, actor: str, reply_url: str | None
    ) -> None:
        """Tell somebody who had Omni read again what that came to."""
        await self._insist("reply", self._show, change_id, reply_url)
        told = partial(self._tell_unsettled, ending)
        await self._insist("tell-unsettled", told, change_id, actor, reply_url)

    async def ended(self, change: Change, reply_url: str | None, *, again: bool = False) -> None:
        """Tell how a change ended, wherever it is told; `change` is as it is on record now.

        `again` is what became of one whose end was told as unknown.
        """
        change_id, fresh = change.id, [change]

        async def show() -> None:  # what Slack takes later is told as it is then
            now = fresh.pop() if fresh else await self._store.get(change_id)
            await self._teller.show(now, reply_url=reply_url)

        await self._insist("reply", show)
        if change.decided_by != change.requester:
            for channel in await self._durable.step("find-cards", self._channels, change_id):
                await self._insist(f"note-{channel}", self._note, change_id, channel, again)
        if change.status is Status.APPLIED:
            await self._announce_everywhere(change)

    async def _announce_everywhere(self, change: Change) -> None:
        for channel in change.channels:
            await self._insist(f"announce-{channel}", self._announce, change.id, channel)
            await self._insist(f"details-{channel}", self._details, change.id, channel)
        await self._insist("report-channels", self._report, change.id)
        for earlier in await self._durable.step("find-earlier", self._earlier, change.id):
            await self._insist(f"amend-{earlier}", self._amend, earlier, change.id)

    async def _insist(
        self, name: str, function: Callable[..., Awaitable[None]], *args: str | bool | None
    ) -> None:
        """Repeat a step until Slack has taken the message, across restarts."""

        async def until_taken() -> None:
            pause = RETRY_FIRST
            while (asked := await _refused(function, *args)) is not None:
                seconds = max(min(asked, RETRY_LAST), pause)
                log.info("Slack did not take it; again in %.0f s: %s", seconds, name)
                await asyncio.sleep(seconds)
                pause = min(pause * 2, RETRY_LAST)

        await self._durable.step(name, until_taken)

    async def _remember(self, keep: Callable[..., Awaitable[None]], *args: object) -> None:
        """Record what Slack took, however long the database takes: the step would post it anew."""
        await self._durable.until_done("remember", keep, *args)

    async def _show(self, change_id: str, reply_url: str | None = None) -> None:
        """Show how a change stands, and again where it moved before Slack took that.

        What Slack takes late would stand there last.
        """
        shown, now = None, await self._store.get(change_id)
        while (now.id, now.status) != shown:
            await self._teller.show(now, reply_url=reply_url)
            shown, now = (now.id, now.status), await self._on_cards_of(now.id)

    async def _on_cards_of(self, change_id: str) -> Change:
        """Return the change that stands on a change's cards by now: it, or what took them over."""
        change = await self._store.get(change_id)
        if change.replaced_by is None or change.outcome is None:
            return change
        successor = await self._store.get(change.outcome)
        shared = not set(change.cards).isdisjoint(successor.cards)
        return await self._on_cards_of(successor.id) if shared else change

    async def _present(self, change_id: str, reply_url: str | None, instead: bool) -> None:  # noqa: FBT001 - as above
        if (early := self._early.pop(change_id, None)) is not None:
            await early
            return
        change = await self._store.get(change_id)
        await self._show_first(change, reply_url, instead=instead)

    async def _show_first(self, change: Change, reply_url: str | None, *, instead: bool) -> None:
        if change.status not in {Status.PENDING, Status.EXPIRED}:
            return  # decided on the card that was shown before a crash
        if change.cards:  # it took over another change's card, or this step runs again
            await self._show(change.id)
            return
        card = await self._teller.present(change, reply_url=reply_url, instead=instead)
        if card is not None:
            await self._place(change.id, card)

    async def _place(self, change_id: str, card: Place) -> None:
        """Remember a card; where the change ended meanwhile, nobody knew of the card to say so."""
        await self._remember(self._store.place_card, change_id, card)
        change = await self._store.get(change_id)
        if change.status is not Status.PENDING:
            await self._show(change_id)

    async def _find_deciders(self, change_id: str) -> Asked:
        return await self._durable.step("find-approvers", self._deciders_of, change_id)

    async def _deciders_of(self, change_id: str) -> Asked:
        return await self._deciders.of(await self._store.get(change_id))

    async def _ask(self, change_id: str, person: str) -> None:
        change = await self._store.get(change_id)
        if change.status is Status.PENDING:
            card = await self._teller.ask(change, person)
            if card is not None:
                await self._place(change_id, card)

    async def _tell_asked(self, asked: Asked, change_id: str, reply_url: str | None) -> None:
        change = await self._store.get(change_id)
        if change.status is Status.PENDING:  # else nobody may have been asked
            people, left = asked["people"], asked["left"]
            await self._teller.asked(change, people, left, reply_url=reply_url)

    async def _replaced(self, replaced_id: str, change_id: str) -> None:
        """Tell of a change that took another's place: in that one's cards, if it took them over."""
        replaced, change = await self._store.get(replaced_id), await self._store.get(change_id)
        if replaced.requester != change.requester:
            await self._insist("tell-replaced", self._tell_replaced, replaced_id, change_id)
        elif change.second_person:  # whoever decides may have read what stood there before
            await self._insist("end-cards", self._end_cards, replaced_id, change_id)
            find = self._taken_over
            for channel in await self._durable.step("find-cards", find, replaced_id, change_id):
                told = partial(self._tell_edited, channel)
                await self._insist(f"tell-edited-{channel}", told, replaced_id, change_id)

    async def _tell_replaced(self, replaced_id: str, change_id: str) -> None:
        replaced, change = await self._store.get(replaced_id), await self._store.get(change_id)
        await self._teller.show(replaced, reply_url=None)
        await self._teller.replaced(replaced, change)

    async def _end_cards(self, replaced_id: str, change_id: str) -> None:
        replaced, change = await self._store.get(replaced_id), await self._store.get(change_id)
        if not change.takes_over(replaced):
            await self._teller.show(replaced, reply_url=None)

    async def _taken_over(self, replaced_id: str, change_id: str) -> list[str]:
        """Return where a change stands on the cards of the one that it replaced."""
        replaced, change = await self._store.get(replaced_id), await self._store.get(change_id)
        return await self._channels(replaced_id) if change.takes_over(replaced) else []

    async def _tell_edited(self, channel: str, replaced_id: str, change_id: str) -> None:
        replaced, change = await self._store.get(replaced_id), await self._store.get(change_id)
        await self._teller.edited(replaced, change, _card_in(channel, replaced))

    async def _channels(self, change_id: str) -> list[str]:
        """Return where a change has cards; a step, as one can be added while others are told."""
        change = await self._store.get(change_id)
        return list(dict.fromkeys(card.channel for card in change.cards))

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
        since = await self._store.applied_after(change)  # where Slack takes this one late
        announced = await self._teller.announce(change, told, followed_by=since)
        await self._remember(self._announcements.keep, announced)
        # One that was applied while Slack took this found nothing here to amend.
        by_now = await self._store.applied_after(change)
        if announced.ts is not None and by_now not in {None, since}:
            await self._teller.announce(change, announced, followed_by=by_now)

    async def _details(self, change_id: str, channel: str) -> None:
        told = await self._announcements.get(change_id, channel)
        if told.ts is not None and told.thread is None:
            change = await self._store.get(change_id)
            below = await self._teller.below(change, told)
            await self._remember(self._announcements.keep, below)

    async def _note(self, change_id: str, channel: str, again: bool) -> None:  # noqa: FBT001 - as above
        change = await self._store.get(change_id)
        told = await self._announcements.get(change_id, channel)
        if again or told.thread is None:
            card = _card_in(channel, change)
            below = await self._teller.below(change, replace(told, ts=card.ts))
            await self._remember(self._announcements.keep, below)

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

    async def _say_reminder(self, change_id: str) -> None:
        change = await self._store.get(change_id)
        if change.status is Status.PENDING:
            await self._teller.remind(change)

    async def _report(self, change_id: str) -> None:
        told = await self._announcements.of(change_id)
        if failed := tuple(one for one in told if one.problem):
            await self._teller.report(await self._store.get(change_id), failed)


def _card_in(channel: str, change: Change) -> Place:
    return next(card for card in change.cards if card.channel == channel)


async def _refused(
    function: Callable[..., Awaitable[None]], *args: str | bool | None
) -> float | None:
    """Tell something, and return the seconds that Slack asks to wait; None where it took it."""
    try:
        await function(*args)
    except TryLater as later:
        return later.seconds or 0.0
    return None
