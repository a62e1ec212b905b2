"""Showing a new change's card, and saying where it stands if that is not where it was asked for."""

from bot.change import Change, is_channel
from bot.slack import answers
from bot.slack.blocks import Message
from bot.slack.front import Front, Where
from bot.workflow import Workflow


async def open_card(
    front: Front,
    workflow: Workflow,
    change: Change,
    where: Where,
    *,
    early: bool = False,
    replaces: Change | None = None,
) -> None:
    """Show a new change to whoever decides it, and tell whoever asked where to find it."""
    await workflow.open(change, reply_url=where.reply_url, early=early, replaces=replaces)
    channel = change.cards[0].channel if change.cards else change.channel
    if (change.second_person or change.cards) and channel != where.channel:
        await front.say(where, _stands_in(change, channel))


def _stands_in(change: Change, channel: str) -> Message:
    place = f"<#{channel}>" if is_channel(channel) else "your direct messages with this bot"
    return answers.said(f"Change `{change.short_id}` waits in {place} for its decision.")
