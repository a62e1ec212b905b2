"""The methods that look things up: people, user groups, conversations, the app itself."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

from bot.playground.slack.chat import direct, visible
from bot.playground.slack.elements import Json
from bot.playground.slack.methods import ApiError, Arguments, method, needed
from bot.playground.slack.records import (
    APP_ID,
    BOT_ID,
    BOT_USER_ID,
    DOMAIN,
    TEAM_ID,
    Channel,
    User,
    UserGroup,
)
from bot.playground.slack.workspace import Workspace

READ_CHANNELS = ("channels:read", "groups:read", "im:read", "mpim:read")
MOST_A_PAGE = 1000


def _page(key: str, items: Sequence[Any], args: Arguments) -> Json:
    """Return one page and the cursor of the next; a cursor is the place, in base64."""
    try:
        start = int(b64decode(args.get("cursor") or "MA=="))
    except ValueError:
        raise ApiError("invalid_cursor") from None
    end = start + min(int(args.get("limit") or MOST_A_PAGE), MOST_A_PAGE)
    cursor = b64encode(str(end).encode()).decode() if end < len(items) else ""
    return {key: list(items[start:end]), "response_metadata": {"next_cursor": cursor}}


@method("api.test")
def api_test(_workspace: Workspace, args: Arguments) -> Json:
    """Answer with what was sent."""
    return {"args": dict(args)}


@method("auth.test")
def auth_test(workspace: Workspace, _args: Arguments) -> Json:
    """Say whom the token belongs to."""
    return {
        "url": f"{workspace.base_url}/",
        "team": "Playground",
        "user": workspace.users[BOT_USER_ID].name,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


@method("bots.info", "users:read")
def bots_info(workspace: Workspace, args: Arguments) -> Json:
    """Describe the bot."""
    if args.get("bot", BOT_ID) != BOT_ID:
        raise ApiError("bot_not_found")
    name = workspace.users[BOT_USER_ID].name
    bot = {"id": BOT_ID, "app_id": APP_ID, "user_id": BOT_USER_ID, "name": name, "deleted": False}
    return {"bot": bot}


@method("team.info", "team:read")
def team_info(_workspace: Workspace, _args: Arguments) -> Json:
    """Describe the workspace."""
    return {"team": {"id": TEAM_ID, "name": "Playground", "domain": DOMAIN}}


def _user(workspace: Workspace, args: Arguments) -> User:
    user = workspace.users.get(needed(args, "user", "user_not_found"))
    if user is None:
        raise ApiError("user_not_found")
    return user


@method("users.info", "users:read")
def users_info(workspace: Workspace, args: Arguments) -> Json:
    """Describe one person."""
    return {"user": _user(workspace, args).as_slack_shows(workspace.clock())}


@method("users.list", "users:read")
def users_list(workspace: Workspace, args: Arguments) -> Json:
    """List everybody."""
    now = workspace.clock()
    return _page("members", [user.as_slack_shows(now) for user in workspace.users.values()], args)


def _group(group: UserGroup) -> Json:
    return {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": group.handle,
        "handle": group.handle,
        "date_delete": 0,
        "user_count": len(group.members),
    }


@method("usergroups.list", "usergroups:read")
def usergroups_list(workspace: Workspace, _args: Arguments) -> Json:
    """List the user groups."""
    return {"usergroups": [_group(group) for group in workspace.groups.values()]}


@method("usergroups.users.list", "usergroups:read")
def usergroups_users_list(workspace: Workspace, args: Arguments) -> Json:
    """List the members of a user group."""
    group = workspace.groups.get(needed(args, "usergroup", "no_such_subteam"))
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group.members)}


def _conversation(channel: Channel) -> Json:
    if channel.direct:
        (user,) = channel.members - {BOT_USER_ID}
        return {"id": channel.id, "is_im": True, "user": user, "is_archived": False}
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private,
        "is_im": False,
        "is_private": channel.private,
        "is_archived": channel.archived,
        "is_member": channel.has_bot,
        "is_ext_shared": False,
        "num_members": len(channel.members),
    }


def _known(workspace: Workspace, args: Arguments) -> list[Channel]:
    kinds = str(args.get("types") or "public_channel").split(",")
    leave_out_archived = str(args.get("exclude_archived", "")).lower() in {"true", "1"}
    return [
        channel
        for channel in workspace.channels.values()
        if _kind(channel) in kinds
        and (channel.has_bot or not channel.private)
        and not (leave_out_archived and channel.archived)
    ]


def _kind(channel: Channel) -> str:
    if channel.direct:
        return "im"
    return "private_channel" if channel.private else "public_channel"


@method("conversations.info", *READ_CHANNELS)
def conversations_info(workspace: Workspace, args: Arguments) -> Json:
    """Describe one channel."""
    channel = visible(workspace, needed(args, "channel", "channel_not_found"))
    return {"channel": _conversation(channel)}


@method("conversations.list", *READ_CHANNELS)
def conversations_list(workspace: Workspace, args: Arguments) -> Json:
    """List the channels the bot can know of."""
    return _page("channels", [_conversation(each) for each in _known(workspace, args)], args)


@method("conversations.members", *READ_CHANNELS)
def conversations_members(workspace: Workspace, args: Arguments) -> Json:
    """List the members of a channel."""
    channel = visible(workspace, needed(args, "channel", "channel_not_found"))
    return _page("members", sorted(channel.members), args)


@method("conversations.open", "im:write", "mpim:write")
def conversations_open(workspace: Workspace, args: Arguments) -> Json:
    """Open the direct message with one person."""
    users = args.get("users") or ""
    user = users[0] if isinstance(users, list) else users
    already = f"D{user[1:]}" in workspace.channels
    channel = direct(workspace, user)
    return {"channel": {"id": channel.id}, "no_op": already, "already_open": already}


@method("users.conversations", *READ_CHANNELS)
def users_conversations(workspace: Workspace, args: Arguments) -> Json:
    """List the channels that a person, or without one the bot, is in."""
    user = args.get("user") or BOT_USER_ID
    mine = [each for each in _known(workspace, args) if user in each.members]
    return _page("channels", [_conversation(channel) for channel in mine], args)
