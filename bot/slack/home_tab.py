"""App Home: published when somebody opens it, and again when a change moves."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.asking import NotAllowed
from bot.catalog import Catalog
from bot.change import OPEN, Change, Event, Status
from bot.errors import PersonError
from bot.omni import Connection, OmniError
from bot.overview import Overview
from bot.policy import (
    Act,
    Actor,
    Allowed,
    Policy,
    deciders,
    in_words,
    keys_of,
    may,
    stays_with_another,
)
from bot.recent import Recent
from bot.slack import cards, home, lists, modals
from bot.slack.checkup import Checkup
from bot.slack.front import Body, Front, Where
from bot.slack.home import Report
from bot.slack.live_forms import NotOpenedError
from bot.slack.web import FAULTS
from bot.store import ChangeStore
from bot.tasks import Tasks
from bot.workflow import Workflow

log = logging.getLogger(__name__)

SOON = 1.0  # seconds that Omni may take before the rest is shown without it
MOST_FOLLOWED = 50  # people whose App Home is kept up to date
FOLLOWED_FOR = timedelta(hours=1)  # after they opened it
LOOKED_THROUGH = 100  # of the newest changes, for a person's own
MOST_OWN = 5


@dataclass(frozen=True, slots=True)
class _Opened:
    where: Where
    page: int
    at: datetime


class HomeTab:
    """Hears who opens App Home and what they press there."""

    def __init__(
        self,
        front: Front,
        *,
        client: AsyncWebClient,
        store: ChangeStore,
        catalog: Catalog,
        overview: Overview,
        workflow: Workflow,
        policy: Policy,
        checkup: Checkup,
        tasks: Tasks,
        clock: Callable[[], datetime],
    ) -> None:
        """Take where everything comes from."""
        self._front = front
        self._client = client
        self._store = store
        self._catalog = catalog
        self._overview = overview
        self._workflow = workflow
        self._policy = policy
        self._checkup = checkup
        self._tasks = tasks
        self._clock = clock
        self._opened: Recent[str, _Opened] = Recent(most=MOST_FOLLOWED)
        self._orders: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._named: dict[str, Connection] = {}  # by what a key of the policy's may be, folded
        self._stale = False
        self._refreshing: asyncio.Task[None] | None = None

    # -- looking -------------------------------------------------------------------

    async def opened(self, ack: AsyncAck, body: Body) -> None:
        """Publish App Home for somebody who looks at it."""
        await ack()
        event = body["event"]
        if event.get("tab") == "home":
            user = event["user"]
            where = Where(user, body["team_id"], user, "home", None, "")
            self._front.start(where, self._open(where, 1))

    async def turn(self, ack: AsyncAck, body: Body) -> None:
        """Show another page of connections."""
        await ack()
        where = Where.of(body)
        number = int(body["actions"][0]["value"].split()[1])
        self._front.start(where, self._open(where, number))

    async def look_again(self, ack: AsyncAck, body: Body) -> None:
        """Look at the setup again, for an admin."""
        await ack()
        where = Where.of(body)
        self._front.start(where, self._look(where, self._checkup.report, again=True))

    async def _open(self, where: Where, page: int) -> None:
        self._opened[where.user] = _Opened(where, page, self._clock())
        shown = self._checkup.report
        await self._show(where, page)
        await self._look(where, shown)

    async def _look(self, where: Where, shown: Report | None, *, again: bool = False) -> None:
        """Bring what an admin reads of the setup up to date, after all else is shown."""
        actor = await self._front.actor(where)
        if not actor.is_admin:
            return
        if self._checkup.begin(again=again):
            if again:
                await self._show_again(where)
            await self._checkup.end()
        # Also one that somebody else began, and that ended while this page was on its way.
        if self._checkup.report is not shown:
            await self._show_again(where)

    async def _show_again(self, where: Where) -> None:
        """Show somebody the page that they are on by now."""
        opened = self._opened.get(where.user)
        await self._show(where, opened.page if opened else 1)

    async def _show(self, where: Where, page: int) -> None:
        try:
            actor = await self._front.reader(where)
        except NotAllowed as error:
            await self._client.views_publish(user_id=where.user, view=home.refused(error.text))
            return
        reading = asyncio.create_task(self._connections(page))
        try:
            await asyncio.wait([reading], timeout=SOON)
            if not reading.done():
                await self._publish(actor, None)
            await self._publish(actor, await reading)
        finally:
            reading.cancel()

    async def _publish(self, actor: Actor, connections: home.Connections | None) -> None:
        """Publish what is known by now; one after the other, so that the newest stays."""
        async with self._orders.setdefault(actor.user_id, asyncio.Lock()):
            view = await self._view(actor, connections)
            await self._client.views_publish(user_id=actor.user_id, view=view)

    async def _view(self, actor: Actor, connections: home.Connections | None) -> home.View:
        soonest = await self._store.ending_soonest(first=0, limit=home.MOST_WAITING)
        waiting = [self._waiting(one, actor) for one in soonest]
        count = await self._store.count_open()
        latest = await self._store.history(limit=LOOKED_THROUGH)
        own = [one for one in latest if one.requester == actor.user_id and one.status not in OPEN]
        admin = self._for_admins() if actor.is_admin else None
        now = self._clock()
        return home.home(waiting, own[:MOST_OWN], connections, admin, now, count=count)

    def _waiting(self, change: Change, actor: Actor) -> home.Waiting:
        rules = self._policy.for_connection(change.connection_id, change.connection_name)
        pending = change.status is Status.PENDING
        by_another = stays_with_another(rules, second_person=change.second_person)

        def allowed(act: Act) -> bool:
            return pending and isinstance(may(actor, act, rules, change), Allowed)

        return home.Waiting(
            change,
            second_person=by_another,
            deciders=deciders(rules.deciding, change.requester),
            may_approve=allowed(Act.APPROVE),
            may_reject=by_another and allowed(Act.REJECT),
            may_cancel=allowed(Act.CANCEL),
        )

    async def _connections(self, number: int) -> home.Connections:
        size = lists.CONNECTIONS_A_PAGE
        try:
            found = await self._catalog.connections()
        except OmniError as error:
            return home.Connections((), lists.Page(1, 0, size), problem=str(error))
        self._named = {key: one for one in found for key in keys_of(one.id, one.name)}
        page = lists.Page.within(number, len(found), size)
        shown = found[page.first : page.first + size]
        entries = await self._overview.entries(shown, each=lists.SCHEDULES_EACH)
        return home.Connections(entries, page)

    def _for_admins(self) -> home.ForAdmins:
        looking = self._checkup.looking
        return home.ForAdmins(self._checkup.report, looking, self._policy_text())

    def _policy_text(self) -> tuple[home.PolicyText, ...]:
        told = {"": home.PolicyText("", in_words(self._policy.defaults))}
        for key in self._policy.connections:
            one = self._named.get(key)
            connection_id, name = (one.id, one.name) if one else (key, key)
            rules = self._policy.for_connection(connection_id, name)
            told[connection_id] = home.PolicyText(name, in_words(rules))
        return tuple(told.values())

    # -- following -----------------------------------------------------------------

    def changed(self, _change: Change) -> None:
        """Publish again what people look at, because a change has moved.

        Many changes at once lead to one more round, not to one round each.
        """
        self._stale = True
        if self._opened and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = self._tasks.start(self._refresh())

    async def _refresh(self) -> None:
        while self._stale:
            self._stale = False
            oldest = self._clock() - FOLLOWED_FOR
            for opened in tuple(self._opened.values()):
                if opened.at > oldest:
                    await self._again(opened)

    async def _again(self, opened: _Opened) -> None:
        try:
            await self._show(opened.where, opened.page)
        except (*FAULTS, PersonError) as error:
            log.info("An App Home was not brought up to date: %s", error)
        except Exception:  # the others are, all the same
            log.exception("An App Home was not brought up to date")

    # -- deciding ------------------------------------------------------------------

    async def review(self, ack: AsyncAck, body: Body) -> None:
        """Open a change's card, with the decision where the person has it."""
        await ack()
        where = Where.of(body)
        self._front.start(where, self._review(body["actions"][0]["value"], where))

    async def _review(self, change_id: str, where: Where) -> None:
        actor = await self._front.reader(where)
        change = await self._store.get(change_id)
        card = cards.card(change, self._clock())
        view = modals.review(change, card, may_approve=self._waiting(change, actor).may_approve)
        try:
            await self._client.views_open(trigger_id=where.trigger, view=view)
        except FAULTS as error:
            raise NotOpenedError from error

    async def approved(self, ack: AsyncAck, body: Body) -> None:
        """Record an approval from the review."""
        where = Where.of(body)
        await self._front.record(where, self._approve(body["view"]["private_metadata"], where))
        await ack()

    async def _approve(self, change_id: str, where: Where) -> None:
        actor = await self._front.actor(where, decides=True)
        await self._workflow.decide(change_id, Event.APPROVE, actor, surface="home")
