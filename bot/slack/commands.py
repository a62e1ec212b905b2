"""The slash command, and the buttons that carry one."""

from collections.abc import Callable
from datetime import datetime

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import metrics
from bot.asking import Ask
from bot.change import Action, Change
from bot.command import (
    Command,
    CommandError,
    Create,
    Delete,
    Explain,
    Form,
    Help,
    History,
    List,
    Pending,
    Set,
    Show,
    Subscribe,
    Undo,
    Unsubscribe,
    parse,
    to_text,
)
from bot.errors import PersonError
from bot.finding import Unclear
from bot.metrics import Number
from bot.policy import Actor
from bot.proposals import Proposals
from bot.schedule import Schedule
from bot.slack import answers
from bot.slack.blocks import Message
from bot.slack.decisions import Decisions
from bot.slack.finder import Finder
from bot.slack.forms import Forms
from bot.slack.front import Body, Front, Where
from bot.slack.opening import open_card
from bot.slack.subscriptions import Subscriptions
from bot.store import ChangeStore, Held
from bot.workflow import Workflow


class Commands:
    """Hears what people type."""

    def __init__(
        self,
        front: Front,
        *,
        store: ChangeStore,
        proposals: Proposals,
        workflow: Workflow,
        decisions: Decisions,
        forms: Forms,
        finder: Finder,
        subscriptions: Subscriptions,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what they hand work to."""
        self._front = front
        self._store = store
        self._proposals = proposals
        self._workflow = workflow
        self._decisions = decisions
        self._forms = forms
        self._finder = finder
        self._subscriptions = subscriptions
        self._clock = clock

    # -- the slash command ---------------------------------------------------------

    async def command(self, ack: AsyncAck, body: Body) -> None:
        """Take a command; it is read after the answer to Slack, as reading it takes longer."""
        await ack()
        metrics.count(Number.COMMANDS)
        where = Where.of(body)
        self._front.start_in_order(where, self._read(body.get("text", ""), where))

    async def _read(self, typed: str, where: Where) -> None:
        try:
            command = parse(typed)
        except CommandError as error:
            told = answers.command_error(error, self._front.slash, typed)
            await self._front.say(where, told)
        else:
            await self._run(command, where)

    async def run(self, ack: AsyncAck, body: Body) -> None:
        """Run the command that a button carries, as if it had been typed."""
        await ack()
        where = Where.of(body)
        self._front.start(where, self._run_button(body["actions"][0]["value"], where))

    async def _run_button(self, typed: str, where: Where) -> None:
        command = parse(typed)
        await self._front.withdraw(where)
        await self._run(command, where)

    async def _run(self, command: Command, where: Where) -> None:
        match command:  # the first two are for everybody
            case Help():
                await self._front.say(where, answers.usage(self._front.slash))
            case Explain():
                await self._front.say(where, self._explained(command))
            case _:
                await self._run_for(await self._front.reader(where), command, where)

    async def _run_for(self, actor: Actor, command: Command, where: Where) -> None:
        match command:
            case Set() | Create() | Delete():
                await self._propose(command, actor, where)
            case Undo():
                await self._undo(command, actor, where)
            case List() | Show() | History() | Pending():
                await self._finder.run(command, where)
            case Subscribe() | Unsubscribe():
                await self._subscriptions.run(command, actor, where)
            case Form():
                await self._forms.open("", actor, where)

    def _explained(self, command: Explain) -> Message:
        zone = command.zone
        schedule = Schedule.parse(str(command.cron), zone.key if zone else "UTC")
        return answers.explanation(command.cron, schedule.zone.key, schedule, self._clock())

    # -- proposing -----------------------------------------------------------------

    async def _propose(
        self,
        command: Set | Create | Delete,
        actor: Actor,
        where: Where,
        *,
        replaces: Change | None = None,
    ) -> None:
        try:
            change = await self._proposals.propose(_ask(command, actor, where), replaces=replaces)
        except Unclear as unclear:
            await self._front.say(where, answers.question(unclear, command))
        except Held as held:
            way = command if self._proposals.may_replace(actor, held.change) else None
            await self._front.say(where, answers.held(held.change, way, actor.user_id))
        else:
            # What is typed is asked for once; of two clicks, the record tells the first.
            early = where.message is None
            await open_card(
                self._front, self._workflow, change, where, early=early, replaces=replaces
            )

    async def replace(self, ack: AsyncAck, body: Body) -> None:
        """Propose anew in place of a change that holds the schedule."""
        await ack()
        where = Where.of(body)
        change_id, _, typed = body["actions"][0]["value"].partition(" ")
        self._front.start(where, self._replace(change_id, typed, where))

    async def _replace(self, change_id: str, typed: str, where: Where) -> None:
        command = parse(typed)
        if not isinstance(command, Set | Create | Delete):
            raise PersonError("Only a proposal can replace a proposal.")
        actor = await self._front.reader(where, decides=True)
        await self._front.withdraw(where)
        await self._propose(command, actor, where, replaces=await self._store.get(change_id))

    async def _undo(self, command: Undo, actor: Actor, where: Where) -> None:
        if command.change is None:
            found = await self._store.last_applied()
            if found is None:
                raise PersonError("Nothing has been changed through this bot yet.")
            change = found
        else:
            change = await self._meant(command.change)
        await self._decisions.undo_change(change, actor, where)

    async def _meant(self, prefix: str) -> Change:
        found = await self._store.find(prefix)
        if len(found) == 1:
            return found[0]
        if found:
            why = f"`{prefix}` is the start of several changes: type more of it."
        else:
            why = f"There is no change `{prefix}`."
        raise PersonError(f"{why} `history` lists them.")


def _ask(command: Set | Create | Delete, actor: Actor, where: Where) -> Ask:
    click = f"{where.user} {where.channel} {where.message} {to_text(command)}"
    action = {Set: Action.SET, Create: Action.CREATE, Delete: Action.DELETE}[type(command)]
    return Ask(
        actor=actor,
        action=action,
        connection=command.connection,
        schedule=None if isinstance(command, Create) else command.schedule,
        cron=None if isinstance(command, Delete) else command.cron,
        zone=None if isinstance(command, Delete) else command.zone,
        channel=where.channel,
        surface=where.surface,
        click=click if where.message else None,
    )
