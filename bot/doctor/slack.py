"""What Slack answers: whose the tokens are, what they may, and who the policy's ids are."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.diagnosis import Finding, fail, ok, warn
from bot.manifest import scopes
from bot.policy import Policy
from bot.policy_file import ids_of
from bot.settings import WHERE, Settings
from bot.slack.delivery import OLDEST
from bot.slack.web import FAULTS, TROUBLE, error_name

SECONDS = 10  # to wait for an answer
SIGNATURE_GOOD = timedelta(seconds=OLDEST)
SKEW_TO_MENTION = timedelta(seconds=30)

#: Not in the manifest, as the bot works without; whoever adds it has the doctor name channels.
NAMES_CHANNELS = "channels:read"

#: Slack's words for an id that is nobody's, or that the bot may not see.
NO_SUCH = frozenset(
    {
        "user_not_found",
        "users_not_found",
        "user_not_visible",
        "no_such_subteam",
        "subteam_not_found",
        "channel_not_found",
    }
)

#: Why somebody named in the policy can do nothing with it, by Slack's field.
UNFIT: Mapping[str, str] = {
    "deleted": "is deactivated",
    "is_bot": "is a bot",
    "is_restricted": "is a guest",
    "is_ultra_restricted": "is a guest",
    "is_stranger": "is of another workspace",
}


async def check(chosen: Settings, policy: Policy, clock: Callable[[], datetime]) -> list[Finding]:
    """Ask Slack about the tokens, and about everybody and every channel that the policy names."""
    client = AsyncWebClient(chosen.slack_bot_token, base_url=chosen.slack_api_url, timeout=SECONDS)
    found = await _socket_token(client, chosen.slack_app_token)
    try:
        answer = await client.auth_test()
    except FAULTS as error:
        return [*found, _refused("SLACK_BOT_TOKEN", error)]
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
    return [
        *found,
        ok("SLACK_BOT_TOKEN", f"is {answer['user']}'s, in the workspace {answer['team']}."),
        _scopes(granted),
        _clock(headers.get("date", ""), clock()),
        *await _people(client, policy, str(answer["team_id"])),
        *await _groups(client, policy),
        *await _channels(client, policy, granted),
    ]


async def _socket_token(client: AsyncWebClient, token: str) -> list[Finding]:
    if not token:
        return []
    try:
        await client.apps_connections_open(app_token=token)
    except FAULTS as error:
        return [_refused("SLACK_APP_TOKEN", error)]
    return [ok("SLACK_APP_TOKEN", "opens a Socket Mode connection.")]


def _refused(variable: str, error: Exception) -> Finding:
    name = error_name(error)
    if not name:
        text = "Slack does not answer. Check the way out of this machine, a proxy, SLACK_API_URL."
        return fail(variable, text)
    if name in TROUBLE:  # which says nothing against the token
        return warn(variable, f"Slack has trouble ({name}). Try again in a minute.")
    return fail(variable, f"Slack answers {name}: {WHERE[variable]}.")


def _scopes(granted: set[str]) -> Finding:
    wanted = scopes()
    if missing := sorted(wanted - granted):
        text = (
            f"the app lacks {', '.join(missing)}. In Slack's app settings, OAuth & Permissions > "
            "Bot Token Scopes, add what is missing; then Install App > Reinstall."
        )
        return fail("scopes", text)
    if more := sorted(granted - wanted - {NAMES_CHANNELS}):
        return warn("scopes", f"the app also has {', '.join(more)}, which the bot does not need.")
    if NAMES_CHANNELS in granted:
        text = f"the app has those of manifest.yaml, and {NAMES_CHANNELS}, to name channels here."
        return ok("scopes", text)
    return ok("scopes", "the app has those of manifest.yaml, and no others.")


def _clock(date: str, now: datetime) -> Finding:
    try:
        skew = abs(now - parsedate_to_datetime(date))
    except (ValueError, TypeError):  # no date, or one without a zone
        return warn("clock", "Slack told no time to compare with.")
    off = f"this machine's is {skew.total_seconds():.0f} s from Slack's"
    if skew >= SIGNATURE_GOOD:
        good = f"Slack's signatures are good for {OLDEST} s: all requests would be refused"
        return fail("clock", f"{off}, and {good}. Turn on time synchronization (NTP).")
    if skew >= SKEW_TO_MENTION:
        return warn("clock", f"{off}. Turn on time synchronization (NTP).")
    return ok("clock", f"{off}.")


# -- who the policy's ids are --------------------------------------------------------------


async def _people(client: AsyncWebClient, policy: Policy, team: str) -> list[Finding]:
    ids = sorted(one for one in ids_of(policy) if one.startswith(("U", "W")))
    found = await asyncio.gather(*(_person(client, one, team) for one in ids))
    return _told("people", ids, found)


async def _person(client: AsyncWebClient, user_id: str, team: str) -> str | Finding:
    try:
        user: dict[str, Any] = (await client.users_info(user=user_id))["user"]
    except FAULTS as error:
        return _unresolved(user_id, error)
    name = user.get("real_name") or user.get("name") or "nameless"
    unfit = [words for field, words in UNFIT.items() if user.get(field)]
    if not unfit and user.get("team_id", team) != team:
        unfit = [UNFIT["is_stranger"]]
    if unfit:
        text = f"{user_id}, {name}, {unfit[0]} and may do nothing. Take the id out of the policy."
        return warn("policy", text)
    return str(name)


async def _groups(client: AsyncWebClient, policy: Policy) -> list[Finding]:
    ids = sorted(one for one in ids_of(policy) if one.startswith("S"))
    found = await asyncio.gather(*(_group(client, one) for one in ids))
    return _told("user groups", ids, found)


async def _group(client: AsyncWebClient, group_id: str) -> str | Finding:
    # Asked as the bot will ask when somebody acts.
    try:
        members = (await client.usergroups_users_list(usergroup=group_id))["users"]
        groups = (await client.usergroups_list())["usergroups"]
    except FAULTS as error:
        return _unresolved(group_id, error)
    handle = next((group["handle"] for group in groups if group["id"] == group_id), "nameless")
    if not members:
        return warn("policy", f"{group_id}, @{handle}, has no members, so it lets nobody in.")
    return f"@{handle} ({len(members)})"


async def _channels(client: AsyncWebClient, policy: Policy, granted: set[str]) -> list[Finding]:
    ids = sorted(one for one in ids_of(policy) if one.startswith(("C", "G")))
    if ids and NAMES_CHANNELS not in granted:
        return [_untold(ids)]
    found = await asyncio.gather(*(_channel(client, one) for one in ids))
    if untold := [one for one, line in zip(ids, found, strict=True) if line is None]:
        return [_untold(untold)]
    return _told("channels", ids, [line for line in found if line is not None])


async def _channel(client: AsyncWebClient, channel_id: str) -> str | Finding | None:
    """Look a channel up; None where Slack tells nothing for want of a scope."""
    try:
        channel: dict[str, Any] = (await client.conversations_info(channel=channel_id))["channel"]
    except FAULTS as error:
        return None if error_name(error) == "missing_scope" else _unresolved(channel_id, error)
    name = f"#{channel['name']}"
    if channel.get("is_archived"):
        text = f"{channel_id}, {name}, is archived. Unarchive it, or take it out of the policy."
        return fail("policy", text)
    if not channel.get("is_member"):
        text = f"the bot is not in {channel_id}, {name}: announcements arrive, cards of a second "
        return warn("policy", f"{text}person cannot be brought up to date. Invite it: /invite.")
    return name


def _untold(ids: list[str]) -> Finding:
    text = (
        f"{', '.join(ids)} cannot be looked up: Slack tells about channels only to apps with the "
        f"scope {NAMES_CHANNELS}, which the bot does without. Add it to the app, and they are "
        "looked up. Invite the bot into private ones: /invite. Where an announcement fails, "
        "whoever asked for the change is told why."
    )
    return warn("channels", text)


def _unresolved(some_id: str, error: Exception) -> Finding:
    reason = error_name(error) or "Slack does not answer"
    if reason not in NO_SUCH:  # which says nothing against the id
        return warn("policy", f"{some_id} was not looked up ({reason}). Try again in a minute.")
    text = f"{some_id} cannot be looked up ({reason}). Correct the id, or take it out."
    return fail("policy", text)


def _told(what: str, ids: list[str], found: list[str | Finding]) -> list[Finding]:
    """Return the names in one line, and a line for each id with something wrong."""
    pairs = zip(ids, found, strict=True)
    named = [f"{one} is {name}" for one, name in pairs if isinstance(name, str)]
    lines = [one for one in found if isinstance(one, Finding)]
    return [ok(what, f"{'; '.join(named)}."), *lines] if named else lines
