"""Announcements that a channel asks for, beside those of the policy."""

import pytest

from bot.playground.omni import Fault
from bot.playground.slack import Message
from tests.databases import Database
from tests.world import COMMAND, CONNECTION, FINANCE, GENERAL, World, bot_in, is_card, surroundings

SUBSCRIBED = "will be announced here"


async def types(world: World, typed: str, containing: str, *, channel: str = FINANCE) -> Message:
    """Let the requester type a command in a channel, and return the answer."""
    await world.requester.types(f"/omni-schedule {typed}", channel=channel)
    return await world.requester.sees_message(containing, channel=channel)


async def applied(world: World, typed: str = COMMAND) -> None:
    """Let a change come to its end."""
    card = await world.proposes(typed)
    await world.requester.clicks(card, "approve")
    await world.requester.sees_message("Omni says: ")
    await world.stop()


async def test_a_channel_is_told_of_the_connection_that_it_subscribed_to(world: World) -> None:
    await types(world, "subscribe snowflake", SUBSCRIBED)
    await applied(world)
    assert any(
        "Schema refresh of Production Snowflake changed" in m.words for m in world.told(FINANCE)
    )


async def test_a_channel_is_not_told_of_another_connection(world: World) -> None:
    await types(world, 'subscribe "Marketing BigQuery"', SUBSCRIBED)
    await applied(world)
    assert not any("Snowflake" in message.words for message in world.told(FINANCE))


async def test_without_a_name_a_channel_is_told_of_every_connection(world: World) -> None:
    answer = await types(world, "subscribe", SUBSCRIBED)
    assert "every connection" in answer.words
    await applied(world)
    assert any("Schema refresh of Production Snowflake" in m.words for m in world.told(FINANCE))


async def test_the_card_says_that_the_channel_will_be_told(world: World) -> None:
    await types(world, "subscribe snowflake", SUBSCRIBED)
    assert f"<#{FINANCE}>" in (await world.proposes()).words


async def test_the_channel_reads_who_subscribed_it_to_what(world: World) -> None:
    await types(world, "subscribe snowflake", SUBSCRIBED)
    (greeting,) = world.told(FINANCE)
    assert "<@U0REQUESTER> has asked for announcements here" in greeting.words
    assert "Production Snowflake" in greeting.words


async def test_the_answer_lists_what_the_channel_gets(world: World) -> None:
    await types(world, "subscribe snowflake", SUBSCRIBED)
    answer = await types(world, 'subscribe "Marketing BigQuery"', "Marketing BigQuery will be")
    assert "Production Snowflake" in answer.words
    assert "Production Snowflake, Marketing BigQuery" in answer.text


async def test_subscribing_again_changes_nothing_and_says_so(world: World) -> None:
    await types(world, "subscribe snowflake", SUBSCRIBED)
    await types(world, f"subscribe {CONNECTION}", "announced here already")
    assert len(world.told(FINANCE)) == 1


async def test_unsubscribing_ends_one_or_all(world: World) -> None:
    await types(world, "subscribe snowflake", SUBSCRIBED)
    await types(world, "subscribe bigquery", "Marketing BigQuery will be")
    left = await types(world, "unsubscribe snowflake", "Ended: 1 subscription to Production")
    assert "•  Marketing BigQuery" in left.words
    await types(world, "subscribe", f"every connection {SUBSCRIBED}")
    told = await types(world, "unsubscribe", "Ended: 2 subscriptions of this channel.")
    assert "subscribes to nothing now. The policy still has changes told here." in told.words
    await applied(world)
    assert not any("Schema refresh" in message.words for message in world.told(FINANCE))


async def test_what_is_announced_by_another_subscription_is_not_said_to_end(world: World) -> None:
    await types(world, "subscribe snowflake", SUBSCRIBED)
    await types(world, "subscribe", f"every connection {SUBSCRIBED}")
    told = await types(world, "unsubscribe snowflake", "Ended: 1 subscription to Production")
    assert "Announced in this channel by subscription:\n•  every connection" in told.words
    assert "No longer announced" not in told.words
    await applied(world)
    await world.requester.sees_message("Production Snowflake changed", channel=FINANCE)


async def test_ending_what_never_began_is_said_to_be_nothing(world: World) -> None:
    told = await types(
        world, "unsubscribe snowflake", "There was no subscription to", channel=GENERAL
    )
    assert told.words.endswith("subscribes to nothing now.")


async def test_a_direct_message_is_no_channel(world: World) -> None:
    told = await types(world, "subscribe", "this is a direct message", channel=world.requester.dm)
    assert "Type the command in the channel" in told.words


async def test_a_private_channel_without_the_bot_is_told_to_invite_it_first(world: World) -> None:
    world.slack.add_channel(
        "C0SECRET", "secret", members=["U0REQUESTER"], bot_is_member=False, private=True
    )
    told = await types(world, "subscribe snowflake", "cannot be posted to", channel="C0SECRET")
    assert "/invite" in told.words
    card = await world.proposes()
    assert "C0SECRET" not in card.words


async def test_a_public_channel_needs_no_invitation(world: World) -> None:
    assert await types(world, "subscribe snowflake", SUBSCRIBED, channel=GENERAL)


async def test_an_unclear_name_is_asked_back_as_a_button_that_subscribes(world: World) -> None:
    asked = await types(world, "subscribe postgres", "Which one?")
    await world.requester.clicks(asked, "Choose", block_id=asked.buttons[0].block_id)
    assert await world.requester.sees_message(SUBSCRIBED, channel=FINANCE)


@pytest.mark.slow
async def test_what_was_done_is_told_though_omni_tells_no_names(sqlite_database: Database) -> None:
    async with surroundings(sqlite_database) as playground:
        async with bot_in(playground) as world:
            await types(world, "subscribe snowflake", SUBSCRIBED)
        playground.omni.faults.switch_on(Fault.FAILING)
        async with bot_in(playground) as world:
            told = await types(world, "subscribe", f"every connection {SUBSCRIBED}")
            assert f"connection {CONNECTION}" in told.words
            await types(world, "unsubscribe", "Ended: 2 subscriptions of this channel.")


@pytest.mark.parametrize("typed", ["subscribe", "unsubscribe"])
async def test_a_guest_subscribes_no_channel(world: World, typed: str) -> None:
    await world.guest.types(f"/omni-schedule {typed}", channel=GENERAL)
    assert await world.guest.sees_message("Guests cannot use this bot")
    assert not world.told(GENERAL)


async def test_a_policys_channel_that_subscribed_too_is_told_once(world: World) -> None:
    await world.requester.types("/omni-schedule subscribe snowflake")
    await world.requester.sees_message(SUBSCRIBED)
    await applied(world)
    told = [m for m in world.told("C0DATATEAM") if "changed" in m.words and not is_card(m)]
    assert len(told) == 1
