"""Socket Mode, as Slack's own handler connects by it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import Person, SlackStandIn


@pytest.fixture
def app(client: AsyncWebClient) -> AsyncApp:
    app = AsyncApp(client=client, process_before_response=True)

    @app.command("/omni-schedule")
    async def take(ack: Any) -> None:
        await ack("Here")

    return app


@pytest.fixture
async def connect(app: AsyncApp, slack: SlackStandIn) -> AsyncIterator[Any]:
    async with AsyncExitStack() as stack:

        async def another() -> None:
            before = slack.sockets.count
            handler: Any = AsyncSocketModeHandler(app, "xapp-app")  # its methods have no types
            stack.push_async_callback(handler.close_async)
            await handler.connect_async()
            await slack.pulse.until(lambda: slack.sockets.count > before or None)

        yield another


async def test_a_refresh_brings_a_new_connection_and_loses_nothing(
    connect: Any, slack: SlackStandIn, robin: Person
) -> None:
    await connect()
    await slack.sockets.refresh()
    await slack.pulse.until(lambda: slack.sockets.count or None)
    assert (await robin.types("/omni-schedule")).text == "Here"
    assert len(slack.calls("apps.connections.open")) == 2


async def test_each_delivery_goes_to_one_of_the_connections(
    connect: Any, slack: SlackStandIn, robin: Person
) -> None:
    await connect()
    await connect()
    assert (await robin.types("/omni-schedule")).text == "Here"
    assert [message.text for message in robin.sees()] == ["Here"]


async def test_a_ticket_is_good_for_one_connection(client: AsyncWebClient) -> None:
    url = (await client.apps_connections_open(app_token="xapp-app"))["url"]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_nothing_goes_to_a_connection_that_shall_be_left_or_is_closed(
    client: AsyncWebClient, slack: SlackStandIn, robin: Person
) -> None:
    async def connection() -> aiohttp.ClientWebSocketResponse:
        url = (await client.apps_connections_open(app_token="xapp-app"))["url"]
        socket = await session.ws_connect(url)
        assert (await socket.receive_json())["num_connections"] == 1
        return socket

    async with aiohttp.ClientSession() as session:
        left = await connection()
        await slack.sockets.refresh()
        assert (await left.receive_json())["reason"] == "refresh_requested"
        assert (await robin.types("/omni-schedule")).error == "dispatch_failed"
        await (await connection()).close()
        await slack.pulse.until(lambda: slack.sockets.count == 0 or None)
        assert (await robin.types("/omni-schedule")).error == "dispatch_failed"


async def test_an_eleventh_connection_is_turned_away(
    client: AsyncWebClient, slack: SlackStandIn
) -> None:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        said = []
        for _ in range(11):
            url = (await client.apps_connections_open(app_token="xapp-app"))["url"]
            socket = await stack.enter_async_context(session.ws_connect(url))
            said.append(await socket.receive_json())
    assert [each["type"] for each in said] == ["hello"] * 10 + ["disconnect"]
    assert said[-1]["reason"] == "too_many_websockets"
