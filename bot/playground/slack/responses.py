"""What a response_url takes: five answers within half an hour, also where the bot is no member."""

from typing import Any

from bot.playground.slack.chat import checked
from bot.playground.slack.elements import Json
from bot.playground.slack.methods import ApiError
from bot.playground.slack.records import (
    BOT_USER_ID,
    RESPONSE_URL_LIVES,
    RESPONSE_URL_USES,
    Message,
    ResponseUrl,
)
from bot.playground.slack.workspace import Workspace

GONE = frozenset({"invalid_url", "expired_url", "used_url"})  # answered with 404


def respond(workspace: Workspace, token: str, content: Json) -> None:
    """Do what an app asked of a response_url.

    Raises ApiError where it is used up, too old or unknown, and for what cannot be shown.
    """
    grant = _good(workspace, token)
    workspace.use_response_url(grant)
    original = workspace.messages.get((grant.channel, grant.original or ""))
    if content.get("delete_original"):
        _delete(workspace, original)
    elif content.get("replace_original") and original is not None:
        _replace(workspace, original, content)
    else:
        show(workspace, grant.user, grant.channel, content)


def _good(workspace: Workspace, token: str) -> ResponseUrl:
    grant = workspace.response_urls.get(token)
    if grant is None:
        raise ApiError("invalid_url")
    if workspace.clock() - grant.made > RESPONSE_URL_LIVES:
        raise ApiError("expired_url")
    if grant.uses >= RESPONSE_URL_USES:
        raise ApiError("used_url")
    return grant


def _delete(workspace: Workspace, original: Message | None) -> None:
    if original is None:
        raise ApiError("message_not_found")
    workspace.remove(original)


def _replace(workspace: Workspace, original: Message, content: Json) -> None:
    """Replace what was clicked; who sees it stays, whatever response_type says."""
    checked(content)
    workspace.edit(original, content)


def show(workspace: Workspace, user: str, channel: str, content: Any) -> Message:
    """Show a new message to this person alone, or to the channel where that is asked for."""
    checked(content)
    everybody = content.get("response_type") == "in_channel"
    return workspace.post(channel, BOT_USER_ID, content, only_for=None if everybody else user)
