"""The page's server takes requests of this machine, and of its own page, alone."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.playground.omni import OmniStandIn, seed
from bot.playground.page_server import add_routes
from bot.playground.slack import SlackStandIn
from tests.browser.practice import SECRET, TOKEN, serving

SEND = {"channel": "C0DATATEAM", "text": "Hello"}


@pytest.fixture
async def slack() -> SlackStandIn:
    stand_in = SlackStandIn(signing_secret=SECRET, bot_token=TOKEN, app_token="xapp-app")
    stand_in.seed()
    return stand_in


@pytest.fixture
async def http(slack: SlackStandIn) -> AsyncIterator[aiohttp.ClientSession]:
    omni = OmniStandIn()
    seed(omni.data)
    app = web.Application()
    add_routes(app, slack, omni)
    async with serving(app) as url, aiohttp.ClientSession(url) as session:
        yield session


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.5:80"])
async def test_a_name_pointed_at_this_machine_is_refused(
    http: aiohttp.ClientSession, host: str
) -> None:
    async with http.get("/state", headers={"Host": host}) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_another_sites_page_is_refused(
    http: aiohttp.ClientSession, slack: SlackStandIn, origin: str
) -> None:
    async with http.post("/act/type", json=SEND, headers={"Origin": origin}) as answer:
        assert answer.status == 403
    assert not slack.workspace.messages


async def test_a_form_is_refused(http: aiohttp.ClientSession, slack: SlackStandIn) -> None:
    async with http.post("/act/type", data=SEND) as answer:
        assert answer.status == 415
    assert not slack.workspace.messages


async def test_its_own_page_is_served_and_loads_from_itself_alone(
    http: aiohttp.ClientSession, slack: SlackStandIn
) -> None:
    async with http.get("/") as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "Playground" in await answer.text()
        own = str(answer.url.origin())
    async with http.post("/act/type", json=SEND, headers={"Origin": own}) as answer:
        assert answer.status == 200
    assert [message.text for message in slack.workspace.messages.values()] == ["Hello"]


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("dance", "{}", 404),
        ("type", "[]", 400),
        ("type", "{", 400),
        ("type", '{"channel": "C0DATATEAM"}', 400),
        ("choose", '{"block": "b", "action": "a"}', 400),
        ("fault", '{"half": "slack", "name": "gremlins", "on": true}', 400),
    ],
)
async def test_what_the_page_never_sends_is_refused(
    http: aiohttp.ClientSession, act: str, body: str, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    async with http.post(f"/act/{act}", data=body, headers=headers) as answer:
        assert answer.status == status


async def test_what_cannot_be_done_is_told(http: aiohttp.ClientSession) -> None:
    gone = {"message": "C0DATATEAM/1.2", "block": "b", "action": "approve"}
    async with http.post("/act/click", json=gone) as answer:
        assert await answer.json() == {"problem": "This is no longer there."}


async def test_the_stream_tells_of_each_change(
    http: aiohttp.ClientSession, slack: SlackStandIn
) -> None:
    async with asyncio.timeout(5), http.get("/stream") as stream:
        assert await stream.content.readline() == b"data: changed\n"
        await slack.people["U0ADMIN"].types("Lunch?")
        await stream.content.readline()
        assert await stream.content.readline() == b"data: changed\n"


async def test_an_open_page_does_not_keep_the_server_from_stopping(slack: SlackStandIn) -> None:
    app = web.Application()
    add_routes(app, slack, OmniStandIn())
    async with aiohttp.ClientSession() as session, asyncio.timeout(5):
        async with serving(app) as url:
            stream = await session.get(f"{url}/stream")
            await stream.content.readline()
        stream.close()
