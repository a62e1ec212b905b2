"""Two Slack stand-ins, written by people who did not know of each other, say the same.

Each tells the same story to a bot that only listens. Whatever the independent one sends or
answers, ours has to have; what it has that Slack has not is named here.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackStandIn
from bot.playground.start import listening, stand_ins
from bot.settings import Mode, Settings
from tests.independent.local_slack import LocalSlack, running
from tests.world import DATA_TEAM

pytestmark = pytest.mark.slow

Json = dict[str, Any]

BLOCKS = [
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {
                "type": "button",
                "action_id": "press",
                "text": {"type": "plain_text", "text": "Press"},
                "value": "pressed",
            }
        ],
    }
]
FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": {"type": "plain_text", "text": "A form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Why"},
            "element": {"type": "plain_text_input", "action_id": "why"},
        }
    ],
}

#: What the independent one has and Slack has not: a message there does not name its channel.
#: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
#: https://docs.slack.dev/reference/methods/chat.postMessage
ODD = {what: {"message.channel"} for what in ("click", "chat.postMessage", "chat.update")}

#: What cannot be done, and the name that Slack has for why.
REFUSED: tuple[tuple[str, Json, str], ...] = (
    ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
    ("chat.postMessage", {"channel": "C0NOWHERE", "text": "Hello"}, "channel_not_found"),
    ("chat.update", {"channel": DATA_TEAM, "ts": "1.000001", "text": "Hello"}, "message_not_found"),
    ("views.open", {"trigger_id": "1.1.1", "view": FORM}, "invalid_trigger_id"),
    ("no.such.method", {}, "unknown_method"),
)


@dataclass(slots=True)
class Bot:
    """A bot that answers everything with an empty 200, and keeps what it was sent."""

    sent: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)

    @property
    def app(self) -> web.Application:
        """What takes Slack's requests."""
        app = web.Application()
        app.router.add_post("/slack/events", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        text = await request.text()
        if request.content_type == "application/json":
            content = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True))
            content = json.loads(form["payload"]) if "payload" in form else form
        await self.sent.put(content)
        return web.Response()


@dataclass(frozen=True, slots=True)
class Pair:
    """Both stand-ins, and the bot that they deliver to."""

    ours: SlackStandIn
    theirs: LocalSlack
    bot: Bot
    token: str

    def client(self, api_url: str) -> AsyncWebClient:
        """Return Slack's own client of a stand-in."""
        return AsyncWebClient(self.token, base_url=api_url)


@pytest.fixture
async def pair(program: Path, tmp_path: Path) -> AsyncIterator[Pair]:
    """Give both stand-ins, over HTTP."""
    bot = Bot()
    async with stand_ins(Settings.from_env({})) as playground, listening(bot.app) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        chosen = replace(playground.settings, mode=Mode.HTTP, host=host, port=int(port))
        playground.slack.events_url = f"{address}/slack/events"
        async with running(program, tmp_path, chosen) as theirs:
            yield Pair(playground.slack, theirs, bot, chosen.slack_bot_token)


async def told_by_ours(pair: Pair) -> dict[str, Json]:
    """Tell the story with our stand-in; return what was sent and answered."""
    requester, client = pair.ours.people["U0REQUESTER"], pair.client(pair.ours.api_url)
    story = await asked(client)
    await requester.types("/omni-schedule list", channel=DATA_TEAM)
    story["command"] = await pair.bot.sent.get()
    await requester.clicks(await requester.sees_message("Hello", channel=DATA_TEAM), "press")
    story["click"] = await pair.bot.sent.get()
    story["views.open"] = await opened(client, story["click"])
    await requester.submits(await requester.sees_modal(), {"why": "Because"})
    story["submission"] = await pair.bot.sent.get()
    await requester.opens_home()
    story["home"] = await pair.bot.sent.get()
    return story


async def told_by_theirs(pair: Pair) -> dict[str, Json]:
    """Tell the story with the independent stand-in; return what was sent and answered."""
    requester, client = pair.theirs.person("U0REQUESTER"), pair.client(pair.theirs.api_url)
    story = await asked(client)
    await requester.types("/omni-schedule list")
    story["command"] = await pair.bot.sent.get()
    await requester.clicks(await requester.sees("Hello"), "press")
    story["click"] = await pair.bot.sent.get()
    story["views.open"] = await opened(client, story["click"])
    await requester.submits(await requester.sees_modal("A form"), why="Because")
    story["submission"] = await pair.bot.sent.get()
    await requester.opens_home()
    story["home"] = await pair.bot.sent.get()
    return story


async def asked(client: AsyncWebClient) -> dict[str, Json]:
    """Return the answers to what the bot asks Slack."""
    posted = await client.chat_postMessage(channel=DATA_TEAM, text="Hi", blocks=BLOCKS)
    message = {"channel": posted["channel"], "ts": posted["ts"], "text": "Hello"}
    home = {"type": "home", "blocks": BLOCKS}
    answers = {
        "auth.test": await client.auth_test(),
        "users.info": await client.users_info(user="U0REQUESTER"),
        "chat.postMessage": posted,
        "chat.update": await client.chat_update(**message, blocks=BLOCKS),
        "views.publish": await client.views_publish(user_id="U0REQUESTER", view=home),
    }
    return {method: _data(answer.data) for method, answer in answers.items()}


async def opened(client: AsyncWebClient, click: Json) -> Json:
    """Open a form for somebody who clicked, and return the answer."""
    answer = await client.views_open(trigger_id=click["trigger_id"], view=FORM)
    return _data(answer.data)


def _data(data: dict[str, Any] | bytes) -> Json:
    assert isinstance(data, dict)
    return data


def fields(content: Any, path: str = "") -> Iterator[str]:
    """Name everything that is told, lists without their numbers."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from fields(value, f"{path}.{name}" if path else name)
    elif isinstance(content, list):
        for value in content:
            yield from fields(value, path)
    else:
        yield path


async def test_ours_sends_and_answers_every_field_that_the_independent_one_does(
    pair: Pair,
) -> None:
    ours, theirs = await told_by_ours(pair), await told_by_theirs(pair)
    lacking = {what: {*fields(theirs[what])} - {*fields(ours[what])} for what in theirs}
    assert {what: names for what, names in lacking.items() if names} == ODD


@pytest.mark.parametrize(("method", "arguments", "error"), REFUSED)
async def test_both_refuse_what_cannot_be_done_by_the_same_name(
    pair: Pair, method: str, arguments: Json, error: str
) -> None:
    for api_url in (pair.ours.api_url, pair.theirs.api_url):
        with pytest.raises(SlackApiError) as refusal:
            await pair.client(api_url).api_call(method, json=arguments)
        assert refusal.value.response["error"] == error
