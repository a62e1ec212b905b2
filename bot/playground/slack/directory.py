"""The methods that look things up: people, user groups, channels, the app itself."""

from bot.playground.slack.chat import visible
from bot.playground.slack.elements import Json
from bot.playground.slack.methods import ApiError, Arguments, method, needed
from bot.playground.slack.records import BOT_ID, BOT_USER_ID, TEAM_ID, UserGroup
from bot.playground.slack.workspace import Workspace

READ_CHANNELS = ("channels:read", "groups:read", "im:read", "mpim:read")


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


@method("users.info", "users:read")
def users_info(workspace: Workspace, args: Arguments) -> Json:
    """Describe one person."""
    user = workspace.users.get(needed(args, "user", "user_not_found"))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": user.as_slack_shows(workspace.clock())}


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


@method("conversations.info", *READ_CHANNELS)
def conversations_info(workspace: Workspace, args: Arguments) -> Json:
    """Describe one channel."""
    channel = visible(workspace, needed(args, "channel", "channel_not_found"))
    return {
        "channel": {
            "id": channel.id,
            "name": channel.name,
            "is_channel": not channel.private,
            "is_group": channel.private and not channel.direct,
            "is_im": channel.direct,
            "is_private": channel.private,
            "is_archived": channel.archived,
            "is_member": channel.has_bot,
            "is_ext_shared": False,
            "num_members": len(channel.members),
        }
    }
