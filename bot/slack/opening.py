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
    replaces: Change | None = None,
) -> None:
    """Show a new change to whoever decides it, and tell whoever asked where to find it."""
    await workflow.open(change, reply_url=where.reply_url, replaces=replaces)
    channel = change.cards[0].channel if change.cards else change.channel
    if change.second_person and not is_channel(channel):
        await front.say(where, _asked_directly(change))
    elif (change.second_person or change.cards) and channel != where.channel:
        await front.say(where, _stands_in(change, channel))


def _stands_in(change: Change, channel: str) -> Message:
    place = f"<#{channel}>" if is_channel(channel) else "your direct messages with this bot"
    return answers.said(f"Change `{change.short_id}` waits in {place} for its decision.")


def _asked_directly(change: Change) -> Message:
    """Return who learns of a change that was asked for outside of any channel."""
    asked = [f"<@{one}>" for one in change.approvers if one.startswith(("U", "W"))]
    asked = [one for one in asked if one != f"<@{change.requester}>"]
    if asked:
        return answers.said(f"Somebody else decides this. I have asked {' and '.join(asked)}.")
    return answers.said(
        "Somebody else decides this, and nobody else sees this card. Whoever decides finds it in "
        "the bot's App Home: please let them know."
    )
