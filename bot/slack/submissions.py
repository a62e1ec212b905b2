"""A form that was submitted: checked, and turned into a proposal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.asking import Ask, NotAllowed, asked_for, require, within
from bot.change import Action, Change, Status, Terms
from bot.command import Create, Set, to_text
from bot.command.timing import Reading
from bot.errors import PersonError
from bot.finding import Unclear
from bot.omni import OmniError
from bot.policy import Act, Actor, Policy, may
from bot.proposals import Proposals
from bot.schedule import Cron, parse_zone
from bot.slack import answers, ids, modals
from bot.slack.blocks import Message, actions, button
from bot.slack.drafts import NEW, Draft, fields_of
from bot.slack.front import Body, Front, Where
from bot.slack.live_forms import LiveForms
from bot.slack.menus import NOTHING
from bot.slack.opening import open_card
from bot.store import ChangeStore, Held
from bot.tasks import in_time
from bot.workflow import Workflow

#: Seconds of Slack's three that it may take to learn who submitted a form.
KNOWN_WITHIN = 1.5

#: The action id of a field, and what is wrong there.
FieldProblem = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a submitted form asks for; the ids are those that were chosen in it."""

    draft: Draft
    connection: str
    name: str  # of the connection; empty where the form did not follow the choice yet
    schedule: str
    cron: Cron
    zone: ZoneInfo

    @property
    def action(self) -> Action:
        """What it would do."""
        return Action.CREATE if self.schedule == NEW else Action.SET

    @property
    def schedule_id(self) -> str | None:
        """Which schedule it would change, where one was chosen."""
        return None if self.schedule == NEW else self.schedule or None

    @property
    def command(self) -> Set | Create:
        """The same as a command."""
        if self.action is Action.CREATE:
            return Create(self.connection, self.cron, self.zone)
        return Set(self.connection, self.schedule_id, self.cron, self.zone)


class Submissions:
    """Hears what people submit."""

    def __init__(
        self,
        front: Front,
        *,
        live: LiveForms,
        store: ChangeStore,
        proposals: Proposals,
        workflow: Workflow,
        policy: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what they hand work to."""
        self._front = front
        self._live = live
        self._store = store
        self._proposals = proposals
        self._workflow = workflow
        self._policy = policy
        self._clock = clock

    async def submitted(self, ack: AsyncAck, body: Body) -> None:
        """Check the form, and propose what it asks for."""
        view = body["view"]
        wish, problems = self._read(view)
        self._live.hold(view["id"])
        if wish is None:
            await ack(response_action="errors", errors=modals.errors(view, problems))
            return
        reply_url = self._live.reply_url(view["id"])
        where = replace(Where.of(body), reply_url=reply_url, change=wish.draft.edits)
        if (refusal := self._forbidden(wish)) and await self._is_member(where):
            problems = [(ids.WHEN, refusal.text)]
            await ack(response_action="errors", errors=modals.errors(view, problems))
            self._front.start(where, self._front.put_on_record(where, refusal))
            return
        await ack()
        self._front.start(where, self._submitted(wish, where))

    def _read(self, view: modals.View) -> tuple[Wish | None, list[FieldProblem]]:
        """Return what a form asks for, or what is wrong with it."""
        draft, values = self._live.draft(view), fields_of(view)
        connection = values.get(ids.CONNECTION) or draft.connection
        schedule = values.get(ids.SCHEDULE) or draft.schedule
        zone = values.get(ids.ZONE, "")
        reading = draft.reading(zone)
        problems = [*_not_chosen(connection, schedule), *_misread(reading)]
        if problems:
            return None, problems
        time = reading.times[0]
        name = draft.name if connection == draft.connection else ""
        zone_info = time.zone or parse_zone(zone)
        return Wish(draft, connection, name, schedule, time.cron, zone_info), []

    def _forbidden(self, wish: Wish) -> NotAllowed | None:
        """Return what the policy's guardrails forbid, while it can still be mended in the form."""
        rules = self._policy.for_connection(wish.connection, wish.name)
        after = Terms(cron=str(wish.cron), timezone=wish.zone.key)
        if (refused := within(rules, after, self._clock())) is None:
            return None
        about = asked_for(
            connection=wish.name or None,
            connection_id=wish.connection,
            schedule=wish.schedule_id,
            cron=wish.cron,
            zone=wish.zone,
        )
        return NotAllowed(refused, Act(wish.action), about=about)

    async def _is_member(self, where: Where) -> bool:
        """Say whether somebody may read what the policy forbids; others are refused as anywhere."""
        try:
            await in_time(self._front.reader(where), KNOWN_WITHIN)
        except (PersonError, TimeoutError):
            return False
        return True

    async def _submitted(self, wish: Wish, where: Where) -> None:
        try:
            if wish.draft.edits:
                await self._edited(wish, wish.draft.edits, where)
            else:
                await self._proposed(wish, where)
        except Unclear as unclear:
            await self._front.say(where, answers.question(unclear, wish.command))
        except Held as held:
            actor = await self._front.actor(where)
            way = wish.command if self._proposals.may_replace(actor, held.change) else None
            await self._front.say(where, answers.held(held.change, way, actor.user_id))
        except OmniError as error:
            await self._front.say(where, _not_proposed(error, wish.command))

    async def _proposed(self, wish: Wish, where: Where) -> None:
        actor = await self._front.reader(where)
        ask = self._ask(wish, actor, wish.draft.channel or actor.user_id)
        change = await self._proposals.propose(ask)
        await open_card(self._front, self._workflow, change, replace(where, channel=ask.channel))

    async def _edited(self, wish: Wish, change_id: str, where: Where) -> None:
        change = await self._store.get(change_id)
        actor = await self._front.actor(where)
        check_editable(change, actor, self._policy)
        undoes = await self._store.get(change.undo_of) if change.undo_of else None
        ask = replace(self._ask(wish, actor, change.channel), action=change.action, undoes=undoes)
        edited = await self._proposals.propose(ask, replaces=change)
        await self._workflow.open(edited, reply_url=change.reply_url, instead=True, replaces=change)

    def _ask(self, wish: Wish, actor: Actor, channel: str) -> Ask:
        return Ask(
            actor=actor,
            action=wish.action,
            connection=wish.connection,
            schedule=wish.schedule_id,
            cron=wish.cron,
            zone=wish.zone,
            channel=channel,
            surface="modal",
            reason=wish.draft.reason or None,
        )


def _not_chosen(connection: str, schedule: str) -> Iterator[FieldProblem]:
    if connection == NOTHING:
        yield ids.CONNECTION, "Choose a connection: type a part of its name."
    if schedule == NOTHING:
        yield ids.SCHEDULE, "Choose a schedule, or a new one."


def _misread(reading: Reading) -> Iterator[FieldProblem]:
    for one in reading.problems:
        yield ids.ZONE if one.field == "timezone" else ids.WHEN, modals.told(one)


def _not_proposed(error: OmniError, command: Set | Create) -> Message:
    """Return why nothing was proposed, and the form again with what stood in it."""
    told = answers.plain_error(f"Nothing was proposed. {error}")
    again = button("Open the form", ids.OPEN_FORM, to_text(command), label="Open the form again")
    return replace(told, blocks=(*told.blocks, actions(again)))


def check_editable(change: Change, actor: Actor, policy: Policy) -> None:
    """Raise `NotAllowed` or another `PersonError` where somebody cannot edit a change."""
    rules = policy.for_connection(change.connection_id, change.connection_name)
    require(may(actor, Act.EDIT, rules, change), Act.EDIT, change=change)
    if change.status is not Status.PENDING:
        words = f"Change `{change.short_id}` is {change.status}: there is nothing left to edit."
        raise PersonError(words)
    if change.action is Action.DELETE:  # written as a deletion, a new time would pass for one
        raise PersonError(f"Change `{change.short_id}` is a deletion: it has no time to edit.")
