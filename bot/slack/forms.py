"""The form: opened, filled in, and turned into a proposal."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.catalog import Catalog
from bot.change import Action, Change, Status
from bot.command import Create, Set, to_text
from bot.errors import PersonError
from bot.finding import Found, Unclear, find
from bot.omni import Connection, OmniError
from bot.policy import Act, Actor, Policy, Refused, guardrails, may, needs_someone_else
from bot.proposals import Ask, NotAllowed, Proposals
from bot.recent import Recent
from bot.schedule import Schedule, load, parse_zone
from bot.schedule.phrases import Phrase
from bot.slack import answers, cards, ids, modals
from bot.slack.blocks import Message, actions, button
from bot.slack.drafts import NEW, Draft, Typed, fields_of
from bot.slack.front import Body, Front, Where
from bot.slack.live_forms import MOST_OPEN, LiveForms
from bot.slack.menus import NOTHING
from bot.store import ChangeStore, Held
from bot.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Wish:
    """What a submitted form asks for; the ids are those that were chosen in it."""

    draft: Draft
    connection: str
    schedule: str
    time: Phrase

    @property
    def command(self) -> Set | Create:
        """The same as a command."""
        if self.schedule == NEW:
            return Create(self.connection, self.time.cron, self.time.zone)
        return Set(self.connection, self.schedule or None, self.time.cron, self.time.zone)


class Forms:
    """Hears what people fill in."""

    def __init__(
        self,
        front: Front,
        *,
        live: LiveForms,
        store: ChangeStore,
        catalog: Catalog,
        proposals: Proposals,
        workflow: Workflow,
        policy: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what they hand work to."""
        self._front = front
        self._live = live
        self._store = store
        self._catalog = catalog
        self._proposals = proposals
        self._workflow = workflow
        self._policy = policy
        self._clock = clock
        #: How to answer where a form was opened. A response URL is as good as a password, so it
        #: does not travel with the form; where it is not remembered the answer goes directly.
        self._reply_urls: Recent[str, str] = Recent(most=MOST_OPEN)

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
            view_id = await self._live.open(where.trigger, self._live.view(draft), draft)
            self._remember(view_id, where)
            return
        # Omni may take longer than the three seconds that a trigger is good for.
        view_id = await self._live.open(where.trigger, modals.loading(), draft)
        self._remember(view_id, where)
        connection = await self._named(said.connection)
        if connection is not None:
            draft = await self._with_schedules(draft.about(connection), said.schedule, actor)
            draft = replace(draft, zone=said.zone or draft.zone)
        await self._live.change(view_id, draft)

    def _remember(self, view_id: str, where: Where) -> None:
        if where.reply_url:
            self._reply_urls[view_id] = where.reply_url

    async def _named(self, query: str) -> Connection | None:
        """Return the one connection that a name means; otherwise the person chooses."""
        try:
            found = find(query, await self._catalog.connections())
        except OmniError:
            return None  # the menu will say so
        return found.item if isinstance(found, Found) else None

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
        await self._may_edit(change, where)
        if where.reply_url:
            await self._store.reply_through(change_id, where.reply_url)
        draft = Draft.of_change(change)
        await self._live.open(where.trigger, self._live.view(draft), draft)

    async def _may_edit(self, change: Change, where: Where) -> Actor:
        actor = await self._front.actor(where)
        rules = self._policy.for_connection(change.connection_id, change.connection_name)
        verdict = may(actor, Act.EDIT, rules, change)
        if isinstance(verdict, Refused):
            raise NotAllowed(verdict)
        if change.status is not Status.PENDING:
            raise PersonError(f"Nothing to edit: {cards.lost(change).text}")
        return actor

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
        connection = await self._named(connection_id)
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

    # -- submitting ----------------------------------------------------------------

    async def submitted(self, ack: AsyncAck, body: Body) -> None:
        """Check the form, and propose what it asks for."""
        view = body["view"]
        wish, problems = self._read(view)
        if wish is None or problems:
            await ack(response_action="errors", errors=modals.errors(view, problems))
            return
        await ack()
        where = Where.of(body)
        where = replace(where, reply_url=self._reply_urls.get(view["id"]))
        self._front.start(where, self._submitted(wish, where))

    def _read(self, view: modals.View) -> tuple[Wish | None, list[tuple[str, str]]]:
        """Return what a form asks for, and what is wrong with it, by action id."""
        draft, values = self._live.draft(view), fields_of(view)
        problems: list[tuple[str, str]] = []
        connection = values.get(ids.CONNECTION) or draft.connection
        schedule = values.get(ids.SCHEDULE) or draft.schedule
        if connection == NOTHING:
            problems.append((ids.CONNECTION, "Choose a connection: type a part of its name."))
        if schedule == NOTHING:
            problems.append((ids.SCHEDULE, "Choose a schedule, or a new one."))
        zone = values.get(ids.ZONE, "")
        reading = draft.reading(zone)
        for one in reading.problems:
            place = ids.ZONE if one.field == "timezone" else ids.WHEN
            problems.append((place, modals.told(one)))
        if problems:
            return None, problems
        time = reading.times[0]
        time = replace(time, zone=time.zone or parse_zone(zone))
        wish = Wish(draft, connection, schedule, time)
        return wish, [(ids.WHEN, words) for words in self._forbidden(wish)]

    def _forbidden(self, wish: Wish) -> tuple[str, ...]:
        zone = wish.time.zone
        if zone is None:
            return ()
        rules = self._policy.for_connection(wish.connection, wish.draft.name)
        schedule = Schedule(wish.time.cron, zone)
        return guardrails(rules, schedule, load(schedule, self._clock()).shortest_gap)

    async def _submitted(self, wish: Wish, where: Where) -> None:
        try:
            if wish.draft.edits:
                await self._edited(wish, wish.draft.edits, where)
            else:
                await self._proposed(wish, where)
        except Unclear as unclear:
            await self._front.say(where, answers.question(unclear, wish.command))
        except Held as held:
            own = held.change.requester == where.user
            await self._front.say(where, answers.held(held.change, wish.command, own=own))
        except OmniError as error:
            await self._front.say(where, _not_proposed(error, wish.command))

    async def _proposed(self, wish: Wish, where: Where) -> None:
        actor = await self._front.reader(where)
        ask = self._ask(wish, actor, wish.draft.channel or self._deciding_in(wish, actor))
        change = await self._proposals.propose(ask)
        await self._workflow.open(change, reply_url=where.reply_url)

    def _deciding_in(self, wish: Wish, actor: Actor) -> str:
        """Return where to show a card that was asked for outside of any channel.

        Somebody else has to see it where one decides: in the first channel of the policy.
        """
        rules = self._policy.for_connection(wish.connection, wish.draft.name)
        if needs_someone_else(actor, rules) and rules.channels:
            return rules.channels[0]
        return actor.user_id

    async def _edited(self, wish: Wish, change_id: str, where: Where) -> None:
        change = await self._store.get(change_id)
        actor = await self._may_edit(change, where)
        ask = replace(
            self._ask(wish, actor, change.channel), action=change.action, undo_of=change.undo_of
        )
        edited = await self._proposals.propose(ask, replaces=change)
        await self._workflow.open(edited, reply_url=change.reply_url, instead=True)

    def _ask(self, wish: Wish, actor: Actor, channel: str) -> Ask:
        command = wish.command
        return Ask(
            actor=actor,
            action=Action.CREATE if isinstance(command, Create) else Action.SET,
            connection=command.connection,
            schedule=None if isinstance(command, Create) else command.schedule,
            cron=command.cron,
            zone=command.zone,
            channel=channel,
            surface="modal",
            reason=wish.draft.reason or None,
        )


def _not_proposed(error: OmniError, command: Set | Create) -> Message:
    """Return why nothing was proposed, and the form again with what stood in it."""
    told = answers.plain_error(f"Nothing was proposed. {error}")
    again = button("Open the form", ids.OPEN_FORM, to_text(command), label="Open the form again")
    return replace(told, blocks=(*told.blocks, actions(again)))
