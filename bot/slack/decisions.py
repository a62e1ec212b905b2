"""The buttons on a card: approve, reject, cancel, re-check, undo."""

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.change import Change, Event, Status
from bot.policy import Act, Actor
from bot.proposals import Proposals
from bot.slack import answers, ids, modals, outcomes
from bot.slack.drafts import fields_of
from bot.slack.front import Body, Front, Where
from bot.slack.live_forms import NotOpenedError
from bot.slack.opening import open_card
from bot.slack.web import FAULTS
from bot.store import ChangeStore, Held
from bot.workflow import Workflow


class Decisions:
    """Hears what people decide."""

    def __init__(
        self,
        front: Front,
        client: AsyncWebClient,
        store: ChangeStore,
        proposals: Proposals,
        workflow: Workflow,
    ) -> None:
        """Take what they hand work to."""
        self._front = front
        self._client = client
        self._store = store
        self._proposals = proposals
        self._workflow = workflow

    # -- deciding ------------------------------------------------------------------

    async def decide(self, ack: AsyncAck, body: Body) -> None:
        """Record a click on Approve or Cancel, and then tell Slack that we have it."""
        where, action = Where.of(body), body["actions"][0]
        event = {ids.APPROVE: Event.APPROVE, ids.CANCEL: Event.CANCEL}[action["action_id"]]
        work = self._decide(action["value"], event, where)
        await self._front.record(where, work)
        await ack()

    async def _decide(
        self, change_id: str, event: Event, where: Where, note: str | None = None
    ) -> None:
        actor = await self._front.actor(where, decides=True)
        await self._workflow.decide(
            change_id, event, actor, surface=where.surface, reply_url=where.reply_url, note=note
        )

    async def reject(self, ack: AsyncAck, body: Body) -> None:
        """Ask for the reason of a rejection."""
        await ack()
        where = Where.of(body)
        self._front.start(where, self._open_rejection(body["actions"][0]["value"], where))

    async def _open_rejection(self, change_id: str, where: Where) -> None:
        actor, change = await self._front.actor(where), await self._store.get(change_id)
        self._workflow.require(actor, Act.REJECT, change)
        if change.status is not Status.PENDING:
            await self._front.say(where, outcomes.lost(change, actor.user_id))
            return
        try:
            await self._client.views_open(trigger_id=where.trigger, view=modals.rejection(change))
        except FAULTS as error:
            raise NotOpenedError from error

    async def rejected(self, ack: AsyncAck, body: Body) -> None:
        """Record a rejection with its reason."""
        where, view = Where.of(body), body["view"]
        note = fields_of(view).get(ids.REASON) or None
        work = self._decide(view["private_metadata"], Event.REJECT, where, note)
        await self._front.record(where, work)
        await ack()

    async def recheck(self, ack: AsyncAck, body: Body) -> None:
        """Read Omni again for a change whose outcome is unknown."""
        await ack()
        where = Where.of(body)
        self._front.start(where, self._recheck(body["actions"][0]["value"], where))

    async def _recheck(self, change_id: str, where: Where) -> None:
        actor = await self._front.actor(where)
        await self._workflow.recheck(change_id, actor, reply_url=where.reply_url)

    async def undo(self, ack: AsyncAck, body: Body) -> None:
        """Propose the way back from an applied change."""
        await ack()
        where = Where.of(body)
        self._front.start(where, self._undo_button(body["actions"][0]["value"], where))

    async def _undo_button(self, change_id: str, where: Where) -> None:
        actor = await self._front.reader(where)
        await self.undo_change(await self._store.get(change_id), actor, where)

    async def undo_change(self, change: Change, actor: Actor, where: Where) -> None:
        """Show the card of the way back."""
        try:
            back = await self._proposals.undo(
                change, actor, channel=where.channel, surface=where.surface
            )
        except Held as held:
            await self._front.say(where, answers.held(held.change, None, actor.user_id))
        else:
            await open_card(self._front, self._workflow, back, where)
