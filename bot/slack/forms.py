"""The form: opened from everywhere, and brought up to date while it is filled in."""

from dataclasses import replace

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.catalog import Catalog
from bot.finding import Found
from bot.lookup import find_named
from bot.omni import Connection, OmniError
from bot.policy import Actor, Policy
from bot.slack import ids, modals
from bot.slack.drafts import NEW, Draft, Typed
from bot.slack.front import Body, Front, Where
from bot.slack.live_forms import LiveForms
from bot.slack.menus import NOTHING
from bot.slack.submissions import check_editable
from bot.store import ChangeStore


class Forms:
    """Hears what people fill in."""

    def __init__(
        self,
        front: Front,
        *,
        live: LiveForms,
        store: ChangeStore,
        catalog: Catalog,
        policy: Policy,
    ) -> None:
        """Take what forms are filled from."""
        self._front = front
        self._live = live
        self._store = store
        self._catalog = catalog
        self._policy = policy

    # -- opening -------------------------------------------------------------------

    async def shortcut(self, ack: AsyncAck, body: Body) -> None:
        """Open the form from Slack's menu of shortcuts."""
        await ack()
        where = Where.of(body)
        self._front.start(where, self._open("", where))

    async def button(self, ack: AsyncAck, body: Body) -> None:
        """Open the form with what a button says, which may be a command with errors."""
        await ack()
        where = Where.of(body)
        self._front.start(where, self._open(body["actions"][0]["value"], where))

    async def _open(self, typed: str, where: Where) -> None:
        await self.open(typed, await self._front.reader(where), where)

    async def open(self, typed: str, actor: Actor, where: Where) -> None:
        """Open the form; nothing that was typed is lost."""
        said = Typed.of(typed)
        channel = None if where.channel == where.user else where.channel
        draft = Draft(channel=channel, zone=said.zone or actor.tz, when=said.when)
        if not said.connection:
            await self._live.open(where, self._live.view(draft), draft)
            return
        # Omni may take longer than the three seconds that a trigger is good for.
        view_id = await self._live.open(where, modals.loading(), draft)
        connection, schedule = await self._named(said.connection, said.schedule)
        if connection is not None:
            draft = await self._with_schedules(draft.about(connection), schedule, actor)
            draft = replace(draft, zone=said.zone or draft.zone)
        else:
            draft = replace(draft, problem=_not_one(said.connection))
        await self._live.change(view_id, draft)

    async def _named(self, query: str, schedule: str = "") -> tuple[Connection | None, str]:
        """Return the one connection that is meant, and what names its schedule.

        Where no connection is meant for sure, the person chooses.
        """
        try:
            listed = await self._catalog.connections()
        except OmniError:
            return None, schedule  # the menu will say so
        new = schedule == NEW  # no word of a name
        found, _, rest = find_named(query, None if new else schedule, listed)
        return (found.item if isinstance(found, Found) else None), NEW if new else rest or ""

    async def _with_schedules(self, draft: Draft, wanted: str, actor: Actor) -> Draft:
        try:
            schedules = await self._catalog.schedules(draft.connection)
        except OmniError as error:
            return draft.failing(str(error))
        return draft.offered(schedules, wanted, actor.tz)

    async def edit(self, ack: AsyncAck, body: Body) -> None:
        """Open the form, filled in with what was proposed."""
        await ack()
        where = Where.of(body)
        self._front.start(where, self._open_edit(body["actions"][0]["value"], where))

    async def _open_edit(self, change_id: str, where: Where) -> None:
        change = await self._store.get(change_id)
        check_editable(change, await self._front.actor(where), self._policy)
        if where.reply_url:
            await self._store.reply_through(change_id, where.reply_url)
        draft = Draft.of_change(change)
        await self._live.open(where, self._live.view(draft), draft)

    # -- filling in ----------------------------------------------------------------

    async def typed(self, ack: AsyncAck, body: Body) -> None:
        """Follow the typing."""
        await ack()
        self._live.draft(body["view"])
        self._front.start(Where.of(body), self._live.follow(body["view"]["id"]))

    async def connection_chosen(self, ack: AsyncAck, body: Body) -> None:
        """Offer the schedules of another connection."""
        await ack()
        draft, chosen = self._live.draft(body["view"]), body["actions"][0]["selected_option"]
        if chosen["value"] not in {NOTHING, draft.connection}:
            where = Where.of(body)
            self._front.start(where, self._choose(body["view"]["id"], chosen["value"], where))

    async def _choose(self, view_id: str, connection_id: str, where: Where) -> None:
        actor = await self._front.reader(where)
        connection, _ = await self._named(connection_id)
        draft = self._live.newest(view_id)
        if connection is None or draft is None:
            return
        await self._live.change(view_id, draft.about(connection))
        found = await self._with_schedules(draft.about(connection), "", actor)
        newest = self._live.newest(view_id)
        if newest is not None and newest.connection == connection_id:
            typed = {ids.WHEN: newest.when, ids.REASON: newest.reason}
            await self._live.change(view_id, found.filled(typed))

    async def schedule_chosen(self, ack: AsyncAck, body: Body) -> None:
        """Begin with the zone that the schedule has, or the person's for a new one."""
        await ack()
        chosen = body["actions"][0]["selected_option"]["value"]
        self._live.draft(body["view"])
        where = Where.of(body)
        self._front.start(where, self._choose_schedule(body["view"]["id"], chosen, where))

    async def _choose_schedule(self, view_id: str, chosen: str, where: Where) -> None:
        actor = await self._front.reader(where)
        draft = self._live.newest(view_id)
        if draft is None or chosen == NOTHING:
            return
        schedules = await self._catalog.schedules(draft.connection)
        schedule = next((one for one in schedules if one.id == chosen), None)
        newest = self._live.newest(view_id) or draft
        if schedule is not None or chosen == NEW:
            await self._live.change(view_id, newest.choosing(schedule, actor.tz))


def _not_one(name: str) -> str:
    return f"“{name}” is not the name of just one connection: choose it above."
