"""What a response_url allows, as `respond` of Slack's library uses it."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground.slack import Person, SlackStandIn
from tests.slack_stand_in.blocks import CARD, Json


@pytest.fixture
async def url(bolt: AsyncApp, robin: Person) -> AsyncWebhookClient:
    """Have Robin type a command where the bot is no member, and return its response_url."""
    urls: list[str] = []

    @bolt.command("/omni-schedule")
    async def take(ack: Any, body: Json) -> None:
        urls.append(body["response_url"])
        await ack()

    await robin.types("/omni-schedule", channel="C0GENERAL")
    return AsyncWebhookClient(urls[0])


async def test_an_answer_is_for_the_person_alone_unless_it_says_otherwise(
    url: AsyncWebhookClient, robin: Person, ada: Person
) -> None:
    await url.send(text="Only Robin")
    await url.send(text="Everybody", response_type="in_channel")
    assert [message.text for message in robin.sees("C0GENERAL")] == ["Only Robin", "Everybody"]
    assert [message.text for message in ada.sees("C0GENERAL")] == ["Everybody"]


async def test_it_takes_five_answers(url: AsyncWebhookClient, robin: Person) -> None:
    statuses = [(await url.send(text=f"No. {n}")).status_code for n in range(6)]
    assert statuses == [200] * 5 + [404]
    assert len(robin.sees()) == 5


async def test_it_lives_half_an_hour(url: AsyncWebhookClient, clock: Any) -> None:
    clock.ahead = timedelta(minutes=29, seconds=59)
    assert (await url.send(text="In time")).status_code == 200
    clock.ahead = timedelta(minutes=30, seconds=1)
    late = await url.send(text="Too late")
    assert (late.status_code, "expired_url" in late.body) == (404, True)


async def test_what_slack_cannot_show_is_refused(
    url: AsyncWebhookClient, slack: SlackStandIn, robin: Person
) -> None:
    answer = await url.send(blocks=[{"type": "alert", "text": {"type": "mrkdwn", "text": "!"}}])
    assert "invalid_blocks" in answer.body
    assert slack.refusals[0].problems == (
        "has the type alert, which is not allowed in a message [json-pointer:/blocks/0]",
    )
    assert robin.sees() == ()


async def test_what_is_no_json_is_refused(url: AsyncWebhookClient, robin: Person) -> None:
    async with aiohttp.ClientSession() as session, session.post(url.url, data="oops") as answer:
        assert answer.status == 400
    assert robin.sees() == ()


async def test_the_message_that_was_clicked_can_be_replaced_and_deleted(
    bolt: AsyncApp, client: AsyncWebClient, robin: Person, ada: Person
) -> None:
    @bolt.action("approve")
    async def approve(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="Approved", replace_original=True, response_type="in_channel")

    @bolt.action("cancel")
    async def cancel(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="Cancelled")
        await respond(delete_original=True)

    async def card(person: Person) -> Any:
        await client.chat_postEphemeral(
            channel="C0DATATEAM", user=person.id, text="Change?", blocks=CARD
        )
        return await person.sees_message("Change?")

    first = await card(robin)
    await robin.clicks(first, "approve")
    (approved,) = robin.sees()
    assert (approved.ts, approved.text, approved.ephemeral) == (first.ts, "Approved", True)
    assert approved.blocks == ()

    await ada.clicks(await card(ada), "cancel")
    assert [message.text for message in ada.sees()] == ["Cancelled"]
