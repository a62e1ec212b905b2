"""What happens between a line typed into Slack and what people then see."""

import asyncio
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from bot.playground.slack import ImpossibleError, Person, SlackStandIn
from tests.slack_stand_in.blocks import CARD


async def test_a_command_reaches_the_bot_as_slack_writes_it(bolt: AsyncApp, robin: Person) -> None:
    came: list[dict[str, Any]] = []

    @bolt.command("/omni-schedule")
    async def take(ack: Any, body: dict[str, Any]) -> None:
        came.append(body)
        await ack()

    answer = await robin.types('/omni-schedule  a "b" <c> & d\ne ', mangle="curly")

    assert (answer.status, answer.body, answer.error) == (200, "", None)
    (body,) = came
    assert body["text"] == "a \u201cb\u201d &lt;c&gt; &amp; d\ne"
    assert body["command"] == "/omni-schedule"
    assert (body["user_id"], body["channel_id"]) == ("U0REQUESTER", "C0DATATEAM")
    assert body["is_enterprise_install"] == "false"
    assert body["response_url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("said", "shared"),
    [
        ("Only for you", False),
        ({"text": "Only for you", "blocks": CARD}, False),
        ({"text": "For all", "response_type": "in_channel"}, True),
    ],
)
async def test_the_answer_to_a_command_is_shown(
    bolt: AsyncApp, robin: Person, ada: Person, said: Any, *, shared: bool
) -> None:
    @bolt.command("/omni-schedule")
    async def take(ack: Any) -> None:
        await ack(said)

    answer = await robin.types("/omni-schedule help")

    shown = await robin.sees_message(answer.text)
    assert shown.ephemeral is not shared
    assert (shown in ada.sees()) is shared


async def test_a_bot_that_is_too_slow_is_told_on(
    bolt: AsyncApp, slack: SlackStandIn, robin: Person
) -> None:
    slack.delivery.patience = 0.05

    @bolt.command("/omni-schedule")
    async def take(ack: Any) -> None:
        await robin.sees_message("operation_timeout")
        await ack("too late")

    answer = await robin.types("/omni-schedule list")

    assert (answer.status, answer.error) == (None, "operation_timeout")
    assert [message.user for message in robin.sees()] == ["USLACKBOT"]


async def test_a_bot_that_is_not_there_is_told_on(slack: SlackStandIn, robin: Person) -> None:
    slack.events_url = f"{slack.base_url}/nobody"
    assert (await robin.types("/omni-schedule")).error == "dispatch_failed"
    slack.events_url = None
    assert (await robin.types("/omni-schedule")).error == "dispatch_failed"
    await robin.sees_message('/omni-schedule failed with the error "dispatch_failed"')


async def test_a_command_that_fails_is_not_sent_again(
    bolt: AsyncApp, slack: SlackStandIn, robin: Person
) -> None:
    slack.delivery.patience = 0.2  # over Socket Mode a failure is silence
    came: list[str] = []
    heard = asyncio.Event()

    @bolt.command("/omni-schedule")
    async def fail(body: dict[str, Any]) -> None:
        came.append(body["text"])
        heard.set()
        raise RuntimeError("it goes wrong")

    assert (await robin.types("/omni-schedule list")).error is not None
    await asyncio.wait_for(heard.wait(), 10)  # a busy machine may take longer than that patience
    assert came == ["list"]


async def test_a_command_delivered_twice_comes_twice(bolt: AsyncApp, robin: Person) -> None:
    came: list[str] = []

    @bolt.command("/omni-schedule")
    async def take(ack: Any, body: dict[str, Any]) -> None:
        came.append(body["trigger_id"])
        await ack()

    await robin.types("/omni-schedule list", retry=True)

    assert len(came) == 2
    assert len(set(came)) == 1


async def test_an_answer_that_slack_cannot_show_is_refused(
    bolt: AsyncApp, slack: SlackStandIn, robin: Person
) -> None:
    @bolt.command("/omni-schedule")
    async def take(ack: Any) -> None:
        await ack(text="x", blocks=[{"type": "section"}])

    answer = await robin.types("/omni-schedule list")

    assert answer.error == "invalid_blocks"
    assert slack.refusals[0].problems == ("must have text or fields [json-pointer:/blocks/0]",)


async def test_other_lines_are_messages_and_other_commands_are_not_known(
    slack: SlackStandIn, robin: Person, ada: Person
) -> None:
    await robin.types("Good morning")
    await ada.sees_message("Good morning", channel="C0DATATEAM")
    assert (await robin.types("/omni tell me")).error == "unknown_command"
    assert not slack.requests


async def test_nobody_types_where_they_are_not(slack: SlackStandIn, robin: Person) -> None:
    slack.add_channel("C0OLD", "old", members=(robin.id,), archived=True)
    slack.add_channel("C0SECRET", "secret", members=(), private=True)
    left = slack.add_person("U0LEFT", "Lee", role="deactivated")
    slack.add_channel("C0ALL", "all", members=(left.id,))
    with pytest.raises(ImpossibleError, match="archived"):
        await robin.types("hello", channel="C0OLD")
    with pytest.raises(ImpossibleError, match="not in the channel"):
        await robin.types("hello", channel="C0SECRET")
    with pytest.raises(ImpossibleError, match="deactivated"):
        await left.types("hello", channel="C0ALL")


async def test_whoever_waits_in_vain_is_told_what_there_was(robin: Person) -> None:
    await robin.types("Good morning")
    with pytest.raises(
        AssertionError, match=r"did not see a message with 'Good night'(.|\n)*Good m"
    ):
        await robin.sees_message("Good night", within=0.01)
