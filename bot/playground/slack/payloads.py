"""What Slack sends to an app: the fields of commands, interactions, menus and events.

Sources: https://docs.slack.dev/interactivity/implementing-slash-commands,
https://docs.slack.dev/reference/interaction-payloads, https://docs.slack.dev/apis/events-api.
"""

import html

from bot.playground.slack.elements import Element, Json
from bot.playground.slack.records import (
    APP_ID,
    BOT_USER_ID,
    DOMAIN,
    TEAM_ID,
    Channel,
    Message,
    User,
    View,
)

TOKEN = "verification-token"  # noqa: S105 - the deprecated field that every payload still has


def command(user: User, channel: Channel, name: str, text: str) -> Json:
    """Return a slash command's form fields; &, < and > in the text are escaped, as Slack does."""
    return {
        "token": TOKEN,
        "team_id": user.team_id,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": user.id,
        "user_name": user.name.lower(),
        "command": name,
        "text": html.escape(text, quote=False),
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
    }


def interaction(kind: str, user: User) -> Json:
    """Return the fields that every interaction payload has."""
    name = user.name.lower()
    return {
        "type": kind,
        "team": {"id": TEAM_ID, "domain": DOMAIN},
        "user": {"id": user.id, "username": name, "name": name, "team_id": user.team_id},
        "api_app_id": APP_ID,
        "token": TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def in_message(message: Message, channel: Channel) -> Json:
    """Return where a click on a message happened; an ephemeral message itself is not sent."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    where: Json = {"container": container, "channel": {"id": channel.id, "name": channel.name}}
    if not message.ephemeral:
        where["message"] = message.as_slack_shows()
    return where


def in_view(view: View) -> Json:
    """Return where a click in a modal or App Home happened."""
    return {"container": {"type": "view", "view_id": view.id}, "view": view.as_slack_shows()}


def action(element: Element, value: Json, ts: str) -> Json:
    """Return one entry of `actions`: the element and what was done with it."""
    kept = ("text", "value", "style", "placeholder", "initial_option")
    return {
        "type": element.type,
        "action_id": element.action_id,
        "block_id": element.block_id,
        **{key: element.spec[key] for key in kept if key in element.spec},
        **value,
        "action_ts": ts,
    }


def block_actions(user: User, where: Json, act: Json) -> Json:
    """Return the payload of a click, a choice or a keystroke."""
    return interaction("block_actions", user) | where | {"actions": [act]}


def suggestion(user: User, where: Json, element: Element, query: str) -> Json:
    """Return the question for a menu's options."""
    asked = {"action_id": element.action_id, "block_id": element.block_id, "value": query}
    return interaction("block_suggestion", user) | where | asked


def home_opened(user: User, home: View | None, event_id: str, ts: str) -> Json:
    """Return the event of somebody who opened the bot's App Home."""
    event: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": f"D{user.id[1:]}",
        "tab": "home",
        "event_ts": ts,
    }
    if home is not None:
        event["view"] = home.as_slack_shows()
    installed = {
        "enterprise_id": None,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": TOKEN,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(float(ts)),
        "authorizations": [installed],
        "is_ext_shared_channel": False,
    }
