"""Announcements into a channel: asked for, listed, and ended there."""

from collections.abc import Callable
from datetime import datetime

from bot.catalog import Catalog
from bot.change import is_channel
from bot.command import Subscribe, Unsubscribe
from bot.counted import counted
from bot.errors import PersonError
from bot.finding import Unclear
from bot.lookup import Lookup
from bot.omni import OmniError
from bot.policy import Actor, Policy
from bot.policy_file import ids_of
from bot.slack import answers
from bot.slack.blocks import Message, bold, escaped, lines, text, user
from bot.slack.front import Front, Where
from bot.slack.teller import SlackTeller, Unreachable
from bot.store import EVERY_CONNECTION, By, SubscriptionStore

MOST_LISTED = 20


class Subscriptions:
    """Lets a channel ask for announcements.

    Slack lets only members type a command in a channel, so whoever does is one. The channel
    reads who subscribed it: the first message also shows that the bot can post there.
    """

    def __init__(
        self,
        front: Front,
        teller: SlackTeller,
        store: SubscriptionStore,
        lookup: Lookup,
        catalog: Catalog,
        *,
        policy: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what it works with."""
        self._front = front
        self._teller = teller
        self._store = store
        self._lookup = lookup
        self._catalog = catalog
        self._policy = policy
        self._clock = clock

    async def run(self, command: Subscribe | Unsubscribe, actor: Actor, where: Where) -> None:
        """Begin or end announcements in the channel where it was typed."""
        if not is_channel(where.channel):
            raise PersonError(
                "Announcements go to channels, and this is a direct message. "
                "Type the command in the channel that shall get them."
            )
        try:
            await self._run(command, actor, where)
        except Unclear as unclear:
            await self._front.say(where, answers.question(unclear, command))

    async def _run(self, command: Subscribe | Unsubscribe, actor: Actor, where: Where) -> None:
        wanted, name = EVERY_CONNECTION, "every connection"
        if command.connection is not None:
            connection = await self._lookup.connection(command.connection)
            wanted, name = connection.id, connection.name
        if isinstance(command, Subscribe):
            await self._subscribe(wanted, name, actor, where)
        else:
            ended = None if command.connection is None else wanted
            by = By(actor.user_id, where.surface, self._clock())
            count = await self._store.end(where.channel, ended, by, name)
            await self._tell(_ended(count, command.connection and name), where)

    async def _subscribe(self, wanted: str, name: str, actor: Actor, where: Where) -> None:
        if wanted in await self._store.connections(where.channel):
            await self._tell(f"Changes of {name} are announced here already.", where)
            return
        try:
            await self._teller.post(where.channel, _greeting(actor, name))
        except Unreachable as error:
            raise PersonError(
                f"Nothing was subscribed: this channel cannot be posted to. {error.problem}"
            ) from error
        by = By(actor.user_id, where.surface, self._clock())
        await self._store.begin(where.channel, wanted, by, name)
        await self._tell(f"Changes of {name} will be announced here.", where)

    async def _tell(self, done: str, where: Where) -> None:
        """Tell what was done, and what the channel gets now."""
        found = await self._store.connections(where.channel)
        names = await self._names()
        names[EVERY_CONNECTION] = "every connection"
        listed = [names.get(one, f"connection {one}") for one in found[:MOST_LISTED]]
        rows = [[text(f"•  {name}")] for name in listed]
        if len(found) > len(listed):
            rows.append([text(f"and {len(found) - len(listed)} more")])
        none = _BY_POLICY if where.channel in ids_of(self._policy) else _NONE_LEFT
        heading = "Announced in this channel by subscription:" if rows else none
        words = escaped(f"{done} {heading} {', '.join(listed)}".strip())
        message = Message(words, (lines([bold(done)], [text(heading)], *rows),))
        await self._front.say(where, message)

    async def _names(self) -> dict[str, str]:
        try:
            return {one.id: one.name for one in await self._catalog.connections()}
        except OmniError:
            return {}  # it is done all the same, and told with ids


def _ended(count: int, name: str | None) -> str:
    """Say what was ended, and no more: another subscription, or the policy, may still tell it."""
    of = "of this channel" if name is None else f"to {name}"
    if not count:
        return f"There was no subscription {of} to end."
    return f"Ended: {counted(count, 'subscription')} {of}."


_NONE_LEFT = "This channel subscribes to nothing now."
_BY_POLICY = f"{_NONE_LEFT} The policy still has changes told here."


def _greeting(actor: Actor, name: str) -> Message:
    said = f"has asked for announcements here: changes of when Omni refreshes the schema of {name}."
    end = "To end them, type the command with unsubscribe."
    blocks = (lines([user(actor.user_id), text(f" {said} {end}")]),)
    return Message(f"<@{actor.user_id}> {escaped(said)} {end}", blocks)
