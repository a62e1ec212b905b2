"""The faults that can be switched on, as Slack's own client meets them."""

import time
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import Person, SlackStandIn


async def say(client: AsyncWebClient, text: str) -> Any:
    return await client.chat_postMessage(channel="C0DATATEAM", text=text)


async def test_slack_can_be_down(
    slack: SlackStandIn, client: AsyncWebClient, robin: Person
) -> None:
    slack.faults.down = True
    with pytest.raises(SlackApiError) as refused:
        await say(client, "Hello")
    assert refused.value.response.status_code == 503
    slack.faults.down = False
    await say(client, "Hello")
    assert len(robin.sees()) == 1


async def test_slack_can_be_slow(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.faults.slow = 0.05
    started = time.perf_counter()
    await say(client, "Hello")
    assert time.perf_counter() - started > 0.05


async def test_slack_can_ask_to_wait(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.faults.retry_after = 30
    with pytest.raises(SlackApiError) as refused:
        await say(client, "Hello")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "30"
    assert refused.value.response["error"] == "ratelimited"


async def test_a_channel_takes_one_message_a_second_when_asked_to(
    slack: SlackStandIn, client: AsyncWebClient, clock: Any, robin: Person
) -> None:
    slack.faults.one_a_second = True
    await robin.types("Only the bot's messages count")
    await say(client, "One")
    await client.chat_postMessage(channel="C0FINANCE", text="Elsewhere")
    with pytest.raises(SlackApiError, match="ratelimited"):
        await say(client, "Two")
    clock.ahead += clock.ahead.resolution * 1_000_000
    await say(client, "Three")


async def test_the_next_call_can_be_made_to_fail(
    slack: SlackStandIn, client: AsyncWebClient, robin: Person
) -> None:
    slack.faults.fail_next("chat.postMessage", "is_archived")
    with pytest.raises(SlackApiError, match="is_archived"):
        await say(client, "One")
    await say(client, "Two")
    assert [message.text for message in robin.sees()] == ["Two"]


async def test_a_rate_limit_of_one_call_is_waited_for_by_slacks_own_retry_handler(
    slack: SlackStandIn, client: AsyncWebClient, robin: Person
) -> None:
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    slack.faults.fail_next("chat.postMessage", "ratelimited")
    await say(client, "Patience")
    assert [request.error for request in slack.calls("chat.postMessage")] == ["ratelimited", None]
    assert len(robin.sees()) == 1


async def test_what_was_done_can_lose_its_answer(
    slack: SlackStandIn, client: AsyncWebClient, robin: Person
) -> None:
    client.retry_handlers.clear()
    slack.faults.lose_next_answer("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await say(client, "Did it arrive?")
    await robin.sees_message("Did it arrive?")


async def test_every_delivery_can_come_twice(
    bolt: AsyncApp, slack: SlackStandIn, robin: Person
) -> None:
    opened: list[str] = []

    @bolt.event("app_home_opened")
    async def take(event: dict[str, Any], body: dict[str, Any]) -> None:
        opened.append(body["event_id"])

    slack.faults.twice = True
    await robin.opens_home()
    assert len(opened) == 2
    assert len(set(opened)) == 1
