"""The chat.* methods: post, update, delete, and the messages one person alone sees."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.playground.slack.elements import Json
from bot.playground.slack.limits import TEXT_OF_A_MESSAGE, TEXT_OF_AN_UPDATE, problems_of_message
from bot.playground.slack.methods import ApiError, Arguments, method, needed
from bot.playground.slack.records import BOT_USER_ID, SLACKBOT, Channel, Message, Role
from bot.playground.slack.workspace import Workspace

PUBLIC = "chat:write.public"


def checked(content: Mapping[str, Any], at_most: int = TEXT_OF_A_MESSAGE) -> None:
    """Refuse what Slack would refuse to show, with its name for the reason."""
    text, blocks = content.get("text"), content.get("blocks")
    if not text and not blocks:
        raise ApiError("no_text", ("must have text or blocks",))
    if len(text or "") > at_most:
        raise ApiError("msg_too_long", (f"must have at most {at_most} characters",))
    if problems := problems_of_message(content):
        raise ApiError("invalid_blocks" if blocks else "invalid_arguments", problems)


def visible(workspace: Workspace, channel_id: str) -> Channel:
    """Return a channel the bot can know of: a public one, or one it is in."""
    channel = workspace.channels.get(channel_id)
    if channel is None or (channel.private and not channel.has_bot):
        raise ApiError("channel_not_found")
    return channel


def _target(workspace: Workspace, channel_id: str) -> Channel:
    if channel_id in workspace.users:
        return _direct(workspace, channel_id)
    channel = visible(workspace, channel_id)
    if channel.archived:
        raise ApiError("is_archived")
    if not channel.has_bot and PUBLIC not in workspace.scopes:
        raise ApiError("not_in_channel")
    return channel


def _direct(workspace: Workspace, user_id: str) -> Channel:
    user = workspace.users[user_id]
    if user.role is Role.DEACTIVATED:
        raise ApiError("user_disabled")
    if user.role is Role.BOT or user_id == SLACKBOT:
        raise ApiError("cannot_dm_bot")
    return workspace.direct_channel(user_id)


def _own(workspace: Workspace, args: Arguments, error: str) -> Message:
    channel = visible(workspace, needed(args, "channel", "channel_not_found"))
    message = workspace.messages.get((channel.id, str(args.get("ts"))))
    if message is None or message.ephemeral:
        raise ApiError("message_not_found")
    if message.user != BOT_USER_ID:
        raise ApiError(error)
    return message


@method("chat.postMessage", "chat:write")
def post_message(workspace: Workspace, args: Arguments) -> Json:
    """Post a message into a channel, or into the direct message with a user."""
    channel = _target(workspace, needed(args, "channel", "channel_not_found"))
    checked(args)
    if "thread_ts" in args and (channel.id, args["thread_ts"]) not in workspace.messages:
        raise ApiError("thread_not_found")
    message = workspace.post(channel.id, BOT_USER_ID, args)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_slack_shows()}


@method("chat.update", "chat:write")
def update(workspace: Workspace, args: Arguments) -> Json:
    """Replace one of the bot's own messages."""
    message = _own(workspace, args, "cant_update_message")
    checked(args, TEXT_OF_AN_UPDATE)
    edited = workspace.edit(message, args)
    shown = edited.as_slack_shows()
    return {"channel": edited.channel, "ts": edited.ts, "text": edited.text, "message": shown}


@method("chat.delete", "chat:write")
def delete(workspace: Workspace, args: Arguments) -> Json:
    """Delete one of the bot's own messages."""
    message = _own(workspace, args, "cant_delete_message")
    workspace.remove(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(workspace: Workspace, args: Arguments) -> Json:
    """Post a message that one member of a channel sees; the bot must be in it as well."""
    channel = visible(workspace, needed(args, "channel", "channel_not_found"))
    user = needed(args, "user", "user_not_found")
    if user not in workspace.users:
        raise ApiError("user_not_found")
    if not channel.has_bot:
        raise ApiError("not_in_channel")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    checked(args)
    return {"message_ts": workspace.post(channel.id, BOT_USER_ID, args, only_for=user).ts}


@method("chat.getPermalink")
def get_permalink(workspace: Workspace, args: Arguments) -> Json:
    """Return a link to a message."""
    channel = visible(workspace, needed(args, "channel", "channel_not_found"))
    ts = needed(args, "message_ts", "message_not_found")
    if (channel.id, ts) not in workspace.messages:
        raise ApiError("message_not_found")
    path = f"archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": f"{workspace.base_url}/{path}"}


def too_soon(workspace: Workspace, args: Arguments) -> bool:
    """Say whether the channel got a message within the last second."""
    a_second_ago = (workspace.clock() - timedelta(seconds=1)).timestamp()
    return any(
        message.channel == args.get("channel") and float(message.ts) > a_second_ago
        for message in workspace.messages.values()
        if message.user == BOT_USER_ID
    )
