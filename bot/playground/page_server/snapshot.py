"""Everything that one person sees on the page, as JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bot.playground.omni import Entry, OmniStandIn, StoredConnection, StoredSchedule
from bot.playground.omni.records import description
from bot.playground.page_server.faults import omni_faults, slack_faults
from bot.playground.slack import Channel, Message, Person, SlackStandIn, View

Json = dict[str, Any]
REQUESTS_SHOWN = 60


def snapshot(slack: SlackStandIn, omni: OmniStandIn, me: Person, names: Mapping[str, Any]) -> Json:
    """Return both stand-ins as `me` sees them; `names` is what never changes."""
    return {
        **names,
        "now": slack.workspace.clock().timestamp(),
        "me": _person(me),
        "people": [_person(person) for person in slack.people.values()],
        "bot": _author(slack, slack.bot_user_id),
        "names": _names(slack),
        "places": [_place(slack, me, channel) for channel in _channels(slack, me)],
        "messages": _messages(slack, me),
        "view": me.modal and _view(me.modal),
        "home": me.home and _view(me.home),
        "slack_faults": slack_faults(slack),
        "refusals": _refusals(slack),
        "omni": _omni(slack, omni),
    }


def _person(person: Person) -> Json:
    user = person.profile
    return {"id": user.id, "name": user.name, "title": user.title or user.role, "tz": user.tz}


def _author(slack: SlackStandIn, user_id: str) -> Json:
    return {
        "id": user_id,
        "name": slack.workspace.users[user_id].name,
        "bot": user_id not in slack.people,
    }


def _names(slack: SlackStandIn) -> Json:
    workspace = slack.workspace
    return {
        "people": {user.id: user.name for user in workspace.users.values()},
        "channels": {channel.id: channel.name for channel in workspace.channels.values()},
        "groups": {group.id: group.handle for group in workspace.groups.values()},
    }


def _channels(slack: SlackStandIn, me: Person) -> Iterator[Channel]:
    direct = slack.workspace.direct_channel(me.id)
    for channel in slack.workspace.channels.values():
        if me.id in channel.members and not channel.direct:
            yield channel
    yield direct


def _place(slack: SlackStandIn, me: Person, channel: Channel) -> Json:
    people = len(channel.members & slack.people.keys())
    about = f"{people} people" if channel.has_bot else f"{people} people; the app is not a member"
    seen = me.sees(channel.id)
    return {
        "id": channel.id,
        "name": slack.workspace.users[slack.bot_user_id].name if channel.direct else channel.name,
        "kind": "dm" if channel.direct else "channel",
        "about": "Direct messages with the app" if channel.direct else about,
        "latest": seen[-1].ts if seen else "",
    }


def _messages(slack: SlackStandIn, me: Person) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for message in me.sees():
        found.setdefault(message.channel, []).append(_message(slack, me, message))
    return found


def _message(slack: SlackStandIn, me: Person, message: Message) -> Json:
    in_thread = message.thread_ts not in {None, message.ts}
    return {
        "id": message.id,
        "ts": message.ts,
        "author": _author(slack, message.user),
        "text": message.text,
        "blocks": message.blocks,
        "values": slack.workspace.values_in(me.id, message),
        "ephemeral": message.ephemeral,
        "edited": message.edited is not None,
        "thread": message.thread_ts if in_thread else None,
    }


def _view(view: View) -> Json:
    words = {key: (view.spec.get(key) or {}).get("text") for key in ("submit", "close")}
    return words | {
        "id": view.id,
        "title": view.title,
        "blocks": view.blocks,
        "errors": dict(view.errors),
        "values": view.values,
    }


def _refusals(slack: SlackStandIn) -> list[Json]:
    refused = [request for request in slack.requests if request.error is not None]
    return [
        {
            "id": request.at.timestamp(),
            "method": request.method,
            "error": request.error,
            "problems": request.problems,
        }
        for request in reversed(refused[-REQUESTS_SHOWN:])
    ]


def _omni(slack: SlackStandIn, omni: OmniStandIn) -> Json:
    return {
        "connections": [_connection(slack, omni, each) for each in omni.data.connections],
        "faults": omni_faults(omni),
        "log": [_entry(entry) for entry in reversed(list(omni.log)[-REQUESTS_SHOWN:])],
        "writes": omni.writes,  # of all requests, not of those shown
    }


def _connection(slack: SlackStandIn, omni: OmniStandIn, connection: StoredConnection) -> Json:
    schedules = omni.data.schedules(connection.id)
    return {
        "id": connection.id,
        "name": connection.name,
        "dialect": connection.dialect,
        "schedules": [_schedule(slack, schedule) for schedule in schedules],
    }


def _schedule(slack: SlackStandIn, schedule: StoredSchedule) -> Json:
    now = slack.workspace.clock()
    return {
        "id": schedule.id,
        "connection": schedule.connection_id,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "description": description(schedule.cron, schedule.timezone, now),
        "hard_refresh": schedule.hard_refresh,
        "disabled": schedule.disabled_at is not None,
    }


def _entry(entry: Entry) -> Json:
    return {
        "id": entry.time.timestamp(),
        "at": entry.time.timestamp(),
        "method": entry.method,
        "path": entry.path,
        "status": entry.status,
        "write": entry.method != "GET",
        "body": json.dumps(entry.body, indent=1) if entry.body else "",
    }
