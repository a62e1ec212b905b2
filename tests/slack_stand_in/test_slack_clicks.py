"""What happens between a click on a message and what people then see."""

import asyncio
import re
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import ImpossibleError, Person, SlackStandIn
from tests.slack_stand_in.blocks import CARD, actions, button, option, plain, section

Body = dict[str, Any]


@pytest.fixture
def clicked(bolt: AsyncApp) -> list[Body]:
    came: list[Body] = []

    @bolt.action(re.compile(".*"))
    async def take(ack: Any, body: Body) -> None:
        came.append(body)
        await ack()

    return came


async def test_a_click_says_who_where_and_what(
    clicked: list[Body], client: AsyncWebClient, ada: Person
) -> None:
    sent = await client.chat_postMessage(channel="C0DATATEAM", text="Change?", blocks=CARD)
    card = await ada.sees_message("schema refresh")

    assert (await ada.clicks(card, "approve")).status == 200

    (body,) = clicked
    assert body["user"]["id"] == "U0APPROVER"
    assert body["container"] == {
        "type": "message",
        "message_ts": sent["ts"],
        "channel_id": "C0DATATEAM",
        "is_ephemeral": False,
    }
    assert body["message"]["blocks"] == list(card.blocks)
    (action,) = body["actions"]
    assert (action["action_id"], action["value"], action["type"]) == ("approve", "4f2a9c", "button")
    assert body["state"] == {"values": {}}


async def test_an_ephemeral_message_is_not_in_the_click(
    clicked: list[Body], client: AsyncWebClient, ada: Person, robin: Person
) -> None:
    await client.chat_postEphemeral(channel="C0DATATEAM", user=ada.id, text="Hm?", blocks=CARD)
    card = await ada.sees_message("schema refresh")

    await ada.clicks(card, "Cancel")

    assert clicked[0]["container"]["is_ephemeral"] is True
    assert "message" not in clicked[0]
    assert robin.sees() == ()
    with pytest.raises(ImpossibleError, match="Robin sees no such message"):
        await robin.clicks(card, "Cancel")


async def test_only_what_is_there_can_be_clicked(
    clicked: list[Body], client: AsyncWebClient, ada: Person
) -> None:
    sent = await client.chat_postMessage(channel="C0DATATEAM", text="Change?", blocks=CARD)
    card = await ada.sees_message("schema refresh")
    with pytest.raises(ImpossibleError, match=r"no Reject here, but: Approve \(approve\), Cancel"):
        await ada.clicks(card, "Reject")

    await client.chat_update(channel="C0DATATEAM", ts=sent["ts"], text="Approved by Ada")
    with pytest.raises(ImpossibleError, match="no approve here, but: nothing to use"):
        await ada.clicks(card, "approve")

    await client.chat_delete(channel="C0DATATEAM", ts=sent["ts"])
    with pytest.raises(ImpossibleError, match="sees no such message"):
        await ada.clicks(card, "approve")
    assert clicked == []


async def test_one_of_many_equal_buttons_is_named_by_its_block(
    clicked: list[Body], client: AsyncWebClient, ada: Person
) -> None:
    rows = [section(n, block_id=n, accessory=button("undo", "Undo", value=n)) for n in "abc"]
    await client.chat_postMessage(channel="C0DATATEAM", text="List", blocks=rows)
    listed = await ada.sees_message("List")
    with pytest.raises(ImpossibleError, match="Several"):
        await ada.clicks(listed, "Undo")
    await ada.clicks(listed, "Undo", block_id="b")
    assert clicked[0]["actions"][0]["value"] == "b"


async def test_two_people_can_click_at_the_same_time(
    clicked: list[Body], client: AsyncWebClient, ada: Person, robin: Person
) -> None:
    await client.chat_postMessage(channel="C0DATATEAM", text="Change?", blocks=CARD)
    card = await ada.sees_message("schema refresh")
    await asyncio.gather(ada.clicks(card, "approve"), robin.clicks(card, "approve"))
    assert {body["user"]["id"] for body in clicked} == {ada.id, robin.id}
    assert len({body["trigger_id"] for body in clicked}) == 2


async def test_choices_in_a_message_are_each_persons_own(
    clicked: list[Body], client: AsyncWebClient, ada: Person, robin: Person
) -> None:
    menu = {
        "type": "static_select",
        "action_id": "pick",
        "placeholder": plain("Pick one"),
        "options": [option("Snowflake", "s"), option("Postgres", "p")],
    }
    more = {"type": "overflow", "action_id": "more", "options": [option("Show", "show")]}
    blocks = [actions(menu, more, button("go", "Go"), block_id="row")]
    await client.chat_postMessage(channel="C0DATATEAM", text="Which one?", blocks=blocks)
    asked = await ada.sees_message("Which one?")

    await ada.selects(asked, "pick", "Postgres")
    await ada.selects(asked, "more", "show")
    await ada.clicks(asked, "go")
    await robin.clicks(asked, "go")

    picked, shown, mine, theirs = clicked
    assert picked["actions"][0]["selected_option"] == option("Postgres", "p")
    assert shown["actions"][0]["selected_option"]["value"] == "show"
    assert mine["state"]["values"]["row"]["pick"]["selected_option"]["value"] == "p"
    assert theirs["state"]["values"]["row"]["pick"]["selected_option"] is None
    with pytest.raises(ImpossibleError, match="no option Oracle here, but: Snowflake, Postgres"):
        await ada.selects(asked, "pick", "Oracle")


async def test_a_stranger_is_known_by_the_team(
    clicked: list[Body], client: AsyncWebClient, slack: SlackStandIn
) -> None:
    stranger = slack.add_person("U0STRANGER", "Nia", role="stranger")
    slack.add_channel("C0SHARED", "shared", members=(stranger.id,))
    await client.chat_postMessage(channel="C0SHARED", text="Change?", blocks=CARD)
    await stranger.clicks(await stranger.sees_message("schema"), "approve")
    assert clicked[0]["user"]["team_id"] != slack.team_id
    assert clicked[0]["team"]["id"] == slack.team_id
