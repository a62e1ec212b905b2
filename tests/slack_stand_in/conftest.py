"""Slack's stand-in on a port of its own, and a bot made of Slack's own library behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import Person, SlackStandIn

SECRET, BOT_TOKEN, APP_TOKEN = "shh", "xoxb-bot", "xapp-app"


class Clock:
    """The time, which a test can move on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def over_http(slack: SlackStandIn, app: AsyncApp) -> AsyncIterator[None]:
    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", take)
    async with serving(server) as url:
        slack.events_url = f"{url}/slack/events"
        yield


@asynccontextmanager
async def over_socket_mode(slack: SlackStandIn, app: AsyncApp) -> AsyncIterator[None]:
    handler: Any = AsyncSocketModeHandler(app, APP_TOKEN)  # its methods have no types
    await handler.connect_async()
    await slack.pulse.until(lambda: slack.sockets.count or None)
    try:
        yield
    finally:
        await handler.close_async()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackStandIn]:
    stand_in = SlackStandIn(
        signing_secret=SECRET, bot_token=BOT_TOKEN, app_token=APP_TOKEN, clock=clock
    )
    stand_in.seed()
    async with serving(stand_in.app) as url:
        stand_in.base_url = url
        yield stand_in


@pytest.fixture
def client(slack: SlackStandIn) -> AsyncWebClient:
    return AsyncWebClient(BOT_TOKEN, base_url=slack.api_url)


@pytest.fixture(params=[over_http, over_socket_mode], ids=["HTTP", "Socket Mode"])
async def bolt(
    request: pytest.FixtureRequest, slack: SlackStandIn, client: AsyncWebClient
) -> AsyncIterator[AsyncApp]:
    app = AsyncApp(signing_secret=SECRET, client=client, process_before_response=True)
    async with request.param(slack, app):
        yield app


@pytest.fixture
def robin(slack: SlackStandIn) -> Person:
    return slack.people["U0REQUESTER"]


@pytest.fixture
def ada(slack: SlackStandIn) -> Person:
    return slack.people["U0APPROVER"]
