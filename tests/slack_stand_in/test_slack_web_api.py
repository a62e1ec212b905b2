"""The Web API as Slack's own client sees it: what it answers and what it refuses, by name."""

import json
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import Person, SlackStandIn
from tests.slack_stand_in.blocks import CARD, modal, section

Method = str
Arguments = dict[str, Any]


@pytest.fixture
def everything(slack: SlackStandIn) -> SlackStandIn:
    """Grant every scope, and add somebody and something of each kind."""
    slack.workspace.scopes += ("channels:read",)
    slack.add_person("U0LEFT", "Lee", role="deactivated")
    slack.add_person("U0ROBOT", "Robot", role="bot")
    slack.add_person("U0SINGLE", "Sue", role="single-channel guest")
    slack.add_channel("C0SECRET", "secret", members=(), private=True, bot_is_member=False)
    slack.add_channel("C0OLD", "old", members=(), archived=True)
    slack.add_user_group("S0DATA", "data-admins", ("U0APPROVER",))
    return slack


async def refusal(client: AsyncWebClient, method: Method, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call(method, json=arguments)
    answer: dict[str, Any] = refused.value.response.data
    return answer


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0NONE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0SECRET", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0OLD", "text": "x"}, "is_archived"),
        ("chat.postMessage", {"channel": "C0FINANCE"}, "no_text"),
        ("chat.postMessage", {"channel": "C0FINANCE", "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": "C0FINANCE", "blocks": "[oops"}, "invalid_blocks"),
        ("chat.postMessage", {"channel": "U0LEFT", "text": "x"}, "user_disabled"),
        ("chat.postMessage", {"channel": "U0ROBOT", "text": "x"}, "cannot_dm_bot"),
        (
            "chat.postMessage",
            {"channel": "C0FINANCE", "text": "x", "thread_ts": "1.2"},
            "thread_not_found",
        ),
        ("chat.update", {"channel": "C0FINANCE", "ts": "1.2", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": "C0FINANCE", "ts": "1.2"}, "message_not_found"),
        (
            "chat.postEphemeral",
            {"channel": "C0GENERAL", "user": "U0ADMIN", "text": "x"},
            "not_in_channel",
        ),
        (
            "chat.postEphemeral",
            {"channel": "C0FINANCE", "user": "U0GUEST", "text": "x"},
            "user_not_in_channel",
        ),
        (
            "chat.postEphemeral",
            {"channel": "C0FINANCE", "user": "U0NOBODY", "text": "x"},
            "user_not_found",
        ),
        (
            "chat.getPermalink",
            {"channel": "C0FINANCE", "message_ts": "1.2"},
            "message_not_found",
        ),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("usergroups.users.list", {"usergroup": "S0NONE"}, "no_such_subteam"),
        ("conversations.info", {"channel": "C0SECRET"}, "channel_not_found"),
        ("views.open", {"view": modal(section("x"))}, "invalid_arguments"),
        ("views.publish", {"user_id": "U0NOBODY"}, "user_not_found"),
        ("views.publish", {"user_id": "U0ADMIN", "view": modal(section("x"))}, "invalid_arguments"),
        ("views.update", {"view_id": "V0NONE", "view": modal(section("x"))}, "not_found"),
        ("apps.connections.open", {}, "not_allowed_token_type"),
        ("chat.shout", {}, "unknown_method"),
    ],
)
async def test_what_slack_refuses_is_refused_by_its_name(
    everything: SlackStandIn,
    client: AsyncWebClient,
    method: Method,
    arguments: Arguments,
    error: str,
) -> None:
    assert (await refusal(client, method, **arguments))["error"] == error
    assert everything.requests[-1].error == error


async def test_a_refused_block_is_pointed_at(client: AsyncWebClient) -> None:
    answer = await refusal(
        client, "chat.postMessage", channel="C0FINANCE", blocks=[section("x"), section("")]
    )
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must not be empty [json-pointer:/blocks/1/text/text]"
    ]


async def test_only_the_bots_token_opens_the_door(slack: SlackStandIn) -> None:
    assert (await refusal(AsyncWebClient(base_url=slack.api_url), "auth.test"))[
        "error"
    ] == "not_authed"
    other = AsyncWebClient("xoxb-other", base_url=slack.api_url)
    assert (await refusal(other, "auth.test"))["error"] == "invalid_auth"


async def test_a_method_without_its_scope_says_which_it_needs(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    answer = await refusal(client, "conversations.info", channel="C0FINANCE")
    assert answer["error"] == "missing_scope"
    assert answer["needed"].startswith("channels:read")
    assert answer["provided"] == ",".join(slack.workspace.scopes)
    slack.workspace.scopes = ("chat:write",)
    await client.chat_postMessage(channel="C0FINANCE", text="A member may")
    answer = await refusal(client, "chat.postMessage", channel="C0GENERAL", text="No member")
    assert answer["error"] == "not_in_channel"


async def test_the_granted_scopes_are_told_with_every_answer(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")
    assert answer["user_id"] == "U0SCHEDULES"
    asked = await client.users_info(user="U0ADMIN")
    assert asked.headers["X-Accepted-OAuth-Scopes"] == "users:read"


async def test_forms_and_queries_are_read_like_json(slack: SlackStandIn, robin: Person) -> None:
    form = {"token": "xoxb-bot", "channel": "C0FINANCE", "blocks": json.dumps(CARD), "text": "x"}
    async with aiohttp.ClientSession(slack.api_url) as session:
        await session.post("chat.postMessage", data=form)
        asked = await session.get("users.info", params={"token": "xoxb-bot", "user": robin.id})
        assert (await asked.json())["user"]["tz"] == "Europe/London"
    assert (await robin.sees_message("schema refresh")).buttons[0].label == "Approve"
    assert all("token" not in request.arguments for request in slack.requests)


async def test_an_update_replaces_text_and_blocks_and_is_marked(
    slack: SlackStandIn, client: AsyncWebClient, robin: Person
) -> None:
    sent = await client.chat_postMessage(channel="C0FINANCE", text="Change?", blocks=CARD)
    where = {"channel": "C0FINANCE", "ts": sent["ts"]}
    assert sent["message"]["blocks"][0]["text"] == CARD[0]["text"]
    assert sent["message"]["bot_id"] == (await client.auth_test())["bot_id"]

    too_long = await refusal(client, "chat.update", **where, text="x" * 4_001)
    assert too_long["error"] == "msg_too_long"
    await client.chat_update(**where, text="Approved")

    (message,) = robin.sees("C0FINANCE")
    assert (message.ts, message.text, message.blocks) == (sent["ts"], "Approved", ())
    assert message.edited is not None
    link = await client.chat_getPermalink(channel="C0FINANCE", message_ts=sent["ts"])
    assert link["permalink"].startswith(slack.base_url)
    await client.chat_delete(**where)
    assert robin.sees() == ()


async def test_messages_of_others_and_ephemeral_ones_cannot_be_updated(
    client: AsyncWebClient, robin: Person
) -> None:
    await robin.types("Mine")
    (mine,) = robin.sees()
    hidden = await client.chat_postEphemeral(channel="C0DATATEAM", user=robin.id, text="Hidden")
    where = {"channel": "C0DATATEAM", "text": "x"}
    others = await refusal(client, "chat.update", **where, ts=mine.ts)
    assert others["error"] == "cant_update_message"
    ephemeral = await refusal(client, "chat.update", **where, ts=hidden["message_ts"])
    assert ephemeral["error"] == "message_not_found"


async def test_messages_of_the_same_moment_have_names_of_their_own() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    slack = SlackStandIn(signing_secret="s", bot_token="xoxb", app_token="xapp", clock=lambda: noon)
    slack.seed()
    robin = slack.people["U0REQUESTER"]
    await robin.types("One")
    await robin.types("Two")
    assert [message.ts for message in robin.sees()] == ["1795435200.000000", "1795435200.000001"]


async def test_a_thread_hangs_below_its_message(client: AsyncWebClient, robin: Person) -> None:
    sent = await client.chat_postMessage(channel="C0FINANCE", text="Changed")
    await client.chat_postMessage(channel="C0FINANCE", text="All runs", thread_ts=sent["ts"])
    assert (await robin.sees_message("All runs")).thread_ts == sent["ts"]


async def test_a_direct_message_opens_by_itself(
    client: AsyncWebClient, robin: Person, ada: Person
) -> None:
    sent = await client.chat_postMessage(channel=robin.id, text="For your eyes")
    assert sent["channel"] == robin.dm
    assert (await robin.sees_message("For your eyes", channel=robin.dm)).ephemeral is False
    assert ada.sees() == ()


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("U0ADMIN", {"is_admin": True, "is_restricted": False, "tz": "Europe/Berlin"}),
        ("U0GUEST", {"is_restricted": True, "is_ultra_restricted": False}),
        ("U0SINGLE", {"is_restricted": True, "is_ultra_restricted": True}),
        ("U0ROBOT", {"is_bot": True}),
        ("U0LEFT", {"deleted": True}),
    ],
)
async def test_people_are_described_by_what_they_may_do(
    everything: SlackStandIn, client: AsyncWebClient, user: str, expected: Arguments
) -> None:
    described = (await client.users_info(user=user))["user"]
    assert expected.items() <= described.items()
    assert ("tz" in described) is not described["deleted"]


async def test_channels_and_groups_can_be_looked_up(
    everything: SlackStandIn, client: AsyncWebClient
) -> None:
    about = await client.conversations_info(channel="C0GENERAL")
    assert about["channel"]["is_member"] is False
    everything.add_channel("C0OURS", "ours", members=(), private=True)
    ours = (await client.conversations_info(channel="C0OURS"))["channel"]
    assert (ours["name"], ours["is_private"], ours["is_member"]) == ("ours", True, True)
    (group,) = (await client.usergroups_list())["usergroups"]
    assert (await client.usergroups_users_list(usergroup=group["id"]))["users"] == ["U0APPROVER"]
