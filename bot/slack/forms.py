"""The forms: opened, filled in, and turned into proposals."""

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.proposals import Ask, Proposals
from bot.schedule import Schedule, ScheduleError
from bot.slack import ids, modals
from bot.slack.front import Body, Front, Where
from bot.store import ChangeStore
from bot.workflow import Workflow


class Forms:
    """Hears what people fill in."""

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

    # -- editing -------------------------------------------------------------------

    async def edit(self, ack: AsyncAck, body: Body) -> None:
        """Open the form, filled in with what was proposed."""
        await ack()
        where = Where.of(body)
        self._front.start(where, self._open_edit(body["actions"][0]["value"], where))

    async def _open_edit(self, change_id: str, where: Where) -> None:
        change = await self._store.get(change_id)
        if where.reply_url:
            await self._store.reply_through(change_id, where.reply_url)
        await self._client.views_open(trigger_id=where.trigger, view=modals.edit(change))

    async def edited(self, ack: AsyncAck, body: Body) -> None:
        """Check the form, and propose anew in place of what it was opened for."""
        where, filled = Where.of(body), modals.values(body["view"])
        try:
            schedule = Schedule.parse(filled[ids.WHEN], filled[ids.ZONE])
        except ScheduleError as error:
            await ack(response_action="errors", errors=modals.errors(error))
            return
        await ack()
        change_id = body["view"]["private_metadata"]
        self._front.start(where, self._edited(change_id, schedule, filled.get(ids.REASON), where))

    async def _edited(
        self, change_id: str, schedule: Schedule, reason: str | None, where: Where
    ) -> None:
        change = await self._store.get(change_id)
        actor = await self._front.actor(where)
        ask = Ask(
            actor=actor,
            action=change.action,
            connection=change.connection_id,
            schedule=change.schedule_id,
            cron=schedule.cron,
            zone=schedule.zone,
            channel=change.channel,
            surface="modal",
            reason=reason or None,
            undo_of=change.undo_of,
        )
        edited = await self._proposals.propose(ask, replaces=change)
        await self._workflow.open(edited, reply_url=change.reply_url, instead=True)
